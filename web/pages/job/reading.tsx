/** How a job's file is read: each decision with its evidence, and above them what the file leaves open. */
import type { JobDetail, JobReading } from "../../api/types.ts";
import { InferenceTable } from "../../ui/inference.tsx";
import { Section } from "../../ui/page.tsx";
import { OpenQuestions } from "./open-questions.tsx";

/** True where the import waits for a person to say how its file is read. */
export function isAsking(job: JobDetail): boolean {
  return job.waits_for === "reading";
}

/** The questions; nothing where none is open. */
export function OpenReading({ job }: { job: JobDetail }) {
  if (!isAsking(job) || job.reading === null) return null;
  const { questions } = job.reading;
  return <OpenQuestions key={`${job.id} ${questions.map(({ message }) => message).join(" ")}`} job={job} reading={job.reading} />;
}

/** The decisions, with their evidence. */
export function ReadingSection({ job }: { job: JobDetail }) {
  const { reading } = job;
  if (reading === null) return null;
  if (reading.members !== undefined) return <MembersSection shapes={reading.members} />;
  return (
    <Section title="How this file is read" aside={<ProfileName reading={reading} />}>
      {reading.changed.length > 0 && <Changed changed={reading.changed} />}
      <InferenceTable inference={reading.inference} />
    </Section>
  );
}

type Shape = NonNullable<JobReading["members"]>[number];

/** Of an archive: each kind of file in it, by the files' names. */
function MembersSection({ shapes }: { shapes: readonly Shape[] }) {
  return (
    <Section title="How the files in it are read">
      {shapes.map((shape) => (
        <section key={shape.signature} aria-label={filesOf(shape)} className="border-b border-line last:border-b-0">
          <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 px-4 py-2.5">
            <h3 className="min-w-0 font-medium break-all">{filesOf(shape)}</h3>
            <ProfileName reading={shape} />
          </div>
          {shape.changed.length > 0 && <Changed changed={shape.changed} />}
          <div className="border-t border-line">
            <InferenceTable inference={shape.inference} />
          </div>
        </section>
      ))}
    </Section>
  );
}

const NAMES_SHOWN = 3;

function filesOf({ files, file_count: count }: Shape): string {
  const shown = files.slice(0, NAMES_SHOWN).join(", ");
  return count > NAMES_SHOWN ? `${shown} and ${count - NAMES_SHOWN} more` : shown;
}

function ProfileName({ reading }: { reading: Pick<JobReading, "profile_name" | "profile_version"> }) {
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
