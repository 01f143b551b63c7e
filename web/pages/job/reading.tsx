/** How this file is read, and what its import waits for: the questions that the file leaves open, answered once and remembered. */
import { useState } from "react";
import { mergeSettings, type ProfileSettings } from "../../../src/domain/profile.ts";
import { useAnswerReading } from "../../api/jobs.ts";
import { useMay } from "../../api/session.ts";
import type { JobDetail, JobReading } from "../../api/types.ts";
import { profileNameOf } from "../../lib/profile-name.ts";
import { plural } from "../../lib/words.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { InferenceTable } from "../../ui/inference.tsx";
import { Section } from "../../ui/page.tsx";
import { QuestionCard } from "../../ui/questions.tsx";
import { Note, Refused } from "../../ui/states.tsx";

/** True where the import waits for a person to say how its file is read. */
export function isAsking(job: JobDetail): boolean {
  return job.stage === "needs_mapping" && job.reading !== null && job.reading.profile === null;
}

/** The questions; nothing where none is open. */
export function OpenReading({ job }: { job: JobDetail }) {
  if (!isAsking(job) || job.reading === null) return null;
  return <Questions key={job.id} job={job} reading={job.reading} />;
}

/** The decisions, with their evidence. */
export function ReadingSection({ job }: { job: JobDetail }) {
  const { reading } = job;
  if (reading === null) return null;
  return (
    <Section title="How this file is read" aside={<ProfileName reading={reading} />}>
      {reading.changed.length > 0 && <Changed changed={reading.changed} />}
      <InferenceTable inference={reading.inference} />
    </Section>
  );
}

function ProfileName({ reading }: { reading: JobReading }) {
  if (reading.profile_name === null) return <span className="text-sm text-ink-3">Understood from the file itself</span>;
  return (
    <span className="text-sm text-ink-2">
      As remembered: <strong className="font-semibold">{reading.profile_name}</strong>, version {reading.profile_version}
    </span>
  );
}

function Changed({ changed }: { changed: readonly string[] }) {
  return (
    <ul className="flex flex-col gap-1 border-b border-line bg-warn-soft px-4 py-2.5 text-sm text-warn">
      {changed.map((sentence) => (
        <li key={sentence} className="break-words">
          {sentence}
        </li>
      ))}
    </ul>
  );
}

function Questions({ job, reading }: { job: JobDetail; reading: JobReading }) {
  const mayAnswer = useMay("jobs:review");
  const answer = useAnswerReading(job.id);
  const [chosen, setChosen] = useState<ReadonlyMap<number, number>>(new Map());
  const [name, setName] = useState(reading.profile_name ?? profileNameOf(job.file_name ?? job.connection_name));
  const { questions, changed } = reading;
  const left = questions.filter((_, index) => !chosen.has(index)).length;
  const choose = (question: number, choice: number) => setChosen(new Map(chosen).set(question, choice));
  const send = () => answer.mutate({ settings: settingsOf(questions, chosen), remember: name.trim() === "" ? null : name.trim() });
  return (
    <Section title={titleOf(questions.length)}>
      {changed.length > 0 && (
        <div className="border-b border-line p-4">
          <Note tone="warn">
            <strong className="font-semibold">The file no longer looks as remembered{reading.profile_name && ` by ${reading.profile_name}`}.</strong>
            {changed.map((sentence) => (
              <span key={sentence} className="mt-1 block">
                {sentence}
              </span>
            ))}
            {questions.length === 0 && <span className="mt-1 block">Below is how it would be read now. Go on only if that is right.</span>}
          </Note>
        </div>
      )}
      {questions.map((question, index) => (
        <div key={`${question.code} ${question.columns.join("|")}`} className="border-b border-line">
          <QuestionCard
            question={question}
            chosen={chosen.get(index) ?? null}
            onChoose={(choice) => choose(index, choice)}
            isReadOnly={!mayAnswer || answer.isPending}
          />
        </div>
      ))}
      {mayAnswer ? (
        <div className="flex flex-wrap items-end gap-x-4 gap-y-3 bg-sunken px-4 py-4">
          <TextField
            label="Remember for files like this, as"
            hint="Empty: it holds for this file only."
            className="basis-full sm:basis-72"
            value={name}
            maxLength={200}
            onChange={(event) => setName(event.target.value)}
          />
          <Button look="primary" className="sm:mb-6" disabled={left > 0} isBusy={answer.isPending} onClick={send}>
            {left === 0 ? "Read the file so" : `Answer ${left} ${plural(left, "question")} first`}
          </Button>
          <div className="w-full empty:hidden">
            <Refused error={answer.error} />
          </div>
        </div>
      ) : (
        <p className="px-4 py-3 text-sm text-ink-2">It waits for a member of your organisation.</p>
      )}
    </Section>
  );
}

function titleOf(questions: number): string {
  if (questions === 0) return "Is this still right?";
  return questions === 1 ? "One question about this file" : `${questions} questions about this file`;
}

function settingsOf(questions: JobReading["questions"], chosen: ReadonlyMap<number, number>): ProfileSettings {
  return questions
    .flatMap(({ choices }, index) => {
      const choice = choices[chosen.get(index) ?? -1];
      return choice === undefined ? [] : [choice.settings];
    })
    .reduce(mergeSettings, {});
}
