/** What the reader must know before all else: why it failed and what was kept, whom it waits for, why it did not go on by itself. */
import { Link } from "@tanstack/react-router";
import { useRetry } from "../../api/jobs.ts";
import { useMay } from "../../api/session.ts";
import type { JobDetail, Stage } from "../../api/types.ts";
import { groupCount } from "../../lib/money.ts";
import { FAILED_WHILE, plural } from "../../lib/words.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Note, Refused } from "../../ui/states.tsx";
import { isAsking } from "./reading.tsx";

export function JobNotices({ job }: { job: JobDetail }) {
  const unmapped = job.statements.filter((statement) => statement.account_id === null).length;
  if (job.status === "failed" && job.stage !== "cancelled") return <FailureNote job={job} />;
  const again = job.job_type === "sync" ? "" : " The same file may come again.";
  if (job.stage === "cancelled") return <Note tone="note">This import was cancelled. Nothing of it is in the books.{again}</Note>;
  if (job.stage === "undone") return <Note tone="note">This import was undone: the books are as they were before it.{again}</Note>;
  const isOpen = job.stage === "needs_mapping" || job.stage === "in_review" || (job.stage === "done" && job.status === "partial");
  return (
    <>
      {job.job_type === "reparse" && job.stage !== "done" && <ReparseNote />}
      {isOpen && unmapped > 0 && !isAsking(job) && <MappingNote job={job} unmapped={unmapped} />}
      {job.stage === "in_review" && job.auto_import_note !== null && <Note tone="warn">It did not go on by itself: {job.auto_import_note}</Note>}
    </>
  );
}

function MappingNote({ job, unmapped }: { job: JobDetail; unmapped: number }) {
  const mayMap = useMay("mappings:write");
  const rows = job.outcomes.unmapped;
  const waits =
    job.stage === "needs_mapping"
      ? "This import goes on by itself as soon as one is mapped."
      : `${groupCount(rows)} ${plural(rows, "row stays", "rows stay")} behind until then.`;
  return (
    <Note
      tone="warn"
      action={
        mayMap ? (
          <Link to="/mappings" search={{ connection: job.connection_id }} className={buttonClass("secondary")}>
            Map {unmapped === 1 ? "the account" : "the accounts"}
          </Link>
        ) : undefined
      }
    >
      <strong className="font-semibold">
        {unmapped === 1
          ? `One bank account of this ${job.job_type === "sync" ? "fetch" : "file"} is`
          : `${unmapped} bank accounts of this ${job.job_type === "sync" ? "fetch" : "file"} are`}{" "}
        not mapped to yours.
      </strong>{" "}
      {waits}
    </Note>
  );
}

function ReparseNote() {
  return (
    <Note tone="note">
      <strong className="font-semibold">This reads a file anew that came before.</strong> Its rows are the difference to the books: what is new, what
      is read otherwise now, what is no longer there. Nothing is touched until you approve it.
    </Note>
  );
}

/** The cause, what was kept, the one next action. */
function FailureNote({ job }: { job: JobDetail }) {
  const retry = useRetry(job.id);
  const mayRetry = useMay("jobs:review");
  if (job.job_type === "sync" && job.stage === "fetching") return <FetchFailure job={job} />;
  return (
    <div className="flex flex-col gap-3">
      <Note
        tone="bad"
        action={
          mayRetry ? (
            <Button look="primary" isBusy={retry.isPending} onClick={() => retry.mutate(undefined)}>
              {job.records_fetched > 0 && job.stage === "parsing" ? "Go on from there" : "Try again"}
            </Button>
          ) : undefined
        }
      >
        <p className="font-semibold">It failed while {FAILED_WHILE[job.stage]}.</p>
        <p className="mt-1">{job.error_message ?? "No reason was recorded."}</p>
        <p className="mt-2 text-ink-2">{keptWords(job)}</p>
      </Note>
      <Refused error={retry.error} />
    </div>
  );
}

/** The next run goes on where this one stood: that is the connection's affair, not the job's. */
function FetchFailure({ job }: { job: JobDetail }) {
  return (
    <Note
      tone="bad"
      action={
        <Link to="/connections/$connectionId" params={{ connectionId: job.connection_id }} search={{}} className={buttonClass("primary")}>
          To the connection
        </Link>
      }
    >
      <p className="font-semibold">It failed while fetching.</p>
      <p className="mt-1">{job.error_message ?? "No reason was recorded."}</p>
      <p className="mt-2 text-ink-2">Nothing of it is in the books. The connection says what to do, and the next run fetches what is missing.</p>
    </Note>
  );
}

const BOOKS_KEPT: Partial<Record<Stage, string>> = {
  importing: "Nothing is booked twice: trying again goes on where it stood.",
  undoing: "The books still hold this import.",
  done: "The books hold this import.",
};

function keptWords(job: JobDetail): string {
  const file = job.job_type === "sync" ? "What was fetched is kept." : "The original file is kept.";
  const read =
    job.records_fetched === 0
      ? ""
      : ` ${groupCount(job.records_fetched)} ${plural(job.records_fetched, "record was", "records were")} read and kept with it.`;
  const parked = job.dead_letter_id === null ? "" : " It was tried many times and has been set aside for a person.";
  return `${file}${read} ${BOOKS_KEPT[job.stage] ?? "Nothing of it is in the books."}${parked}`;
}
