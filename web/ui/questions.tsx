/** What a file does not say by itself, put to a person: each reading left, with what it would make of some rows. Never chooses for them. */
import { ArrowRight } from "lucide-react";
import { useId } from "react";
import type { JobReading } from "../api/types.ts";
import { cx } from "./cx.ts";

type Question = JobReading["questions"][number];
type Choice = Question["choices"][number];

interface QuestionCardProps {
  question: Question;
  /** The place of the chosen reading, or null. */
  chosen: number | null;
  onChoose: (index: number) => void;
  isReadOnly?: boolean;
}

export function QuestionCard({ question, chosen, onChoose, isReadOnly = false }: QuestionCardProps) {
  const name = useId();
  return (
    <fieldset className="min-w-0 px-4 py-4" disabled={isReadOnly}>
      <legend className="sr-only">{question.message}</legend>
      <MemberName member={question.member} />
      <p aria-hidden className="max-w-[75ch] font-medium text-pretty break-words">
        {question.message}
      </p>
      {question.choices.length === 0 ? null : (
        <div className="mt-3 grid gap-3 sm:grid-cols-[repeat(auto-fit,minmax(16rem,1fr))]">
          {question.choices.map((choice, index) => (
            <ChoiceCard
              key={`${choice.reading} ${choice.sample[0]?.becomes}`}
              name={name}
              choice={choice}
              isChosen={chosen === index}
              onChoose={() => onChoose(index)}
            />
          ))}
        </div>
      )}
    </fieldset>
  );
}

/** The question with the file inside an archive that asks it. */
export const messageOf = ({ member, message }: Pick<Question, "member" | "message">): string =>
  member == null ? message : `In ${member}: ${message}`;

/** The file inside an archive that asks. */
function MemberName({ member }: { member: string | null | undefined }) {
  if (member == null) return null;
  return <p className="mb-1 text-sm break-all text-ink-2">In {member}</p>;
}

interface ChoiceCardProps {
  name: string;
  choice: Choice;
  isChosen: boolean;
  onChoose: () => void;
}

function ChoiceCard({ name, choice, isChosen, onChoose }: ChoiceCardProps) {
  return (
    <label
      className={cx(
        "flex min-w-0 cursor-pointer flex-col gap-2.5 rounded-md border px-3.5 py-3 has-disabled:cursor-default has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
        isChosen ? "border-accent bg-accent-soft/50 shadow-[inset_0_0_0_1px_var(--accent)]" : "border-line-strong hover:bg-sunken",
      )}
    >
      <span className="flex items-center gap-2.5">
        <input type="radio" name={name} checked={isChosen} onChange={onChoose} className="size-4 shrink-0 accent-accent outline-none" />
        <span className="min-w-0 font-medium break-words">{choice.reading}</span>
      </span>
      <Samples choice={choice} />
    </label>
  );
}

function Samples({ choice }: { choice: Choice }) {
  if (choice.sample.length === 0) return null;
  return (
    <span className="grid grid-cols-[auto_minmax(0,auto)_auto_minmax(0,1fr)] items-center gap-x-2.5 gap-y-1 pl-6.5 text-sm tabular-nums">
      {choice.sample.map(({ row, value, becomes }) => (
        <span key={row} className="contents">
          <span className="text-xs text-ink-3">row {row}</span>
          <span className="truncate font-mono text-xs text-ink-2">{value}</span>
          <ArrowRight role="img" aria-label="becomes" className="size-3.5 text-ink-3" />
          <span className="truncate font-medium">{becomes}</span>
        </span>
      ))}
    </span>
  );
}
