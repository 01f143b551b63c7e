/** What an import waits for: the questions that its file leaves open, answered once and remembered. Sends what was said; the server reads the file. */
import { useState } from "react";
import { useAnswerReading } from "../../api/jobs.ts";
import { useMay } from "../../api/session.ts";
import type { JobDetail, JobReading } from "../../api/types.ts";
import { leftOf, NOTHING_SAID, type Said, settingsOfSaid } from "../../lib/answers.ts";
import { profileNameOf } from "../../lib/profile-name.ts";
import { plural } from "../../lib/words.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Section } from "../../ui/page.tsx";
import { QuestionCard } from "../../ui/questions.tsx";
import { Note, Refused } from "../../ui/states.tsx";
import { ColumnsAnswer } from "./columns-answer.tsx";

interface OpenQuestionsProps {
  job: JobDetail;
  reading: JobReading;
}

export function OpenQuestions({ job, reading }: OpenQuestionsProps) {
  const mayAnswer = useMay("jobs:review");
  const answer = useAnswerReading(job.id);
  const [said, setSaid] = useState<Said>(NOTHING_SAID);
  const [name, setName] = useState(reading.profile_name ?? profileNameOf(job.file_name ?? job.connection_name));
  const { questions } = reading;
  const left = leftOf(reading, said);
  const isReadOnly = !mayAnswer || answer.isPending;
  const send = () => answer.mutate({ settings: settingsOfSaid(reading, said), remember: name.trim() === "" ? null : name.trim() });
  return (
    <Section title={titleOf(questions.length)}>
      <ChangedNote reading={reading} />
      {questions.map((question, index) =>
        question.choices.length === 0 ? null : (
          <div key={`${question.member} ${question.code} ${question.columns.join("|")}`} className="border-b border-line">
            <QuestionCard
              question={question}
              chosen={said.chosen.get(index) ?? null}
              onChoose={(choice) => setSaid({ ...said, chosen: new Map(said.chosen).set(index, choice) })}
              isReadOnly={isReadOnly}
            />
          </div>
        ),
      )}
      <ColumnsAnswer reading={reading} said={said} isReadOnly={isReadOnly} onSay={setSaid} />
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

function ChangedNote({ reading: { changed, profile_name: name, questions } }: { reading: JobReading }) {
  if (changed.length === 0) return null;
  return (
    <div className="border-b border-line p-4">
      <Note tone="warn">
        <strong className="font-semibold">The file no longer looks as remembered{name && ` by ${name}`}.</strong>
        {changed.map((sentence) => (
          <span key={sentence} className="mt-1 block">
            {sentence}
          </span>
        ))}
        {questions.length === 0 && <span className="mt-1 block">Below is how it would be read now. Go on only if that is right.</span>}
      </Note>
    </div>
  );
}
