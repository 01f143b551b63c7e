/** The five steps of a file, with the figures of each as they are counted. Shows what the server counted; invents no progress. */
import { Check, CircleDashed, LoaderCircle, PauseCircle, X } from "lucide-react";
import type { ReactNode } from "react";
import { isWorking } from "../../api/jobs.ts";
import type { JobDetail, Stage } from "../../api/types.ts";
import { bytesText, percentOf } from "../../lib/bytes.ts";
import { groupCount } from "../../lib/money.ts";
import { plural } from "../../lib/words.ts";
import { cx } from "../../ui/cx.ts";
import { isAsking } from "./reading.tsx";
import { pagesText, useRunOf } from "./run.ts";

type StepState = "done" | "busy" | "person" | "failed" | "ahead";

interface Step {
  name: string;
  state: StepState;
  figures: ReactNode;
}

export function Timeline({ job }: { job: JobDetail }) {
  const pages = useRunOf(job)?.pages ?? null;
  return (
    <ol aria-label="Steps of this import" className="grid overflow-clip rounded-lg border border-line bg-surface sm:grid-cols-5">
      {stepsOf(job, pages).map((step, index) => (
        <li
          key={step.name}
          aria-current={step.state === "busy" || step.state === "person" || step.state === "failed" ? "step" : undefined}
          className={cx(
            "flex min-h-[4.5rem] gap-3 border-line px-4 py-3 max-sm:items-center max-sm:border-b max-sm:last:border-b-0 max-sm:min-h-14 sm:flex-col sm:gap-1 sm:border-l",
            index === 0 && "sm:border-l-0",
            step.state === "ahead" && "bg-sunken",
          )}
        >
          <div className="flex items-center gap-2 max-sm:w-28 max-sm:shrink-0">
            <StepIcon state={step.state} />
            <span className={cx("text-sm font-medium", step.state === "ahead" && "text-ink-3")}>{step.name}</span>
            <span className="sr-only">{STATE_WORDS[step.state]}</span>
          </div>
          <div className="min-w-0 text-sm text-ink-2 tabular-nums">{step.figures}</div>
        </li>
      ))}
    </ol>
  );
}

const STATE_WORDS = { done: "done", busy: "under way", person: "waits for a person", failed: "failed", ahead: "not yet" } as const satisfies Record<
  StepState,
  string
>;

function StepIcon({ state }: { state: StepState }) {
  if (state === "done") return <Check aria-hidden className="size-4 text-good" strokeWidth={2.5} />;
  if (state === "busy") return <LoaderCircle aria-hidden className="size-4 animate-spin text-note" strokeWidth={2.5} />;
  if (state === "person") return <PauseCircle aria-hidden className="size-4 text-warn" strokeWidth={2.5} />;
  if (state === "failed") return <X aria-hidden className="size-4 text-bad" strokeWidth={2.5} />;
  return <CircleDashed aria-hidden className="size-4 text-ink-3" />;
}

/** How far each stage has come: the index of the step that it works on. */
const STEP_OF_STAGE = {
  deposited: 1,
  fetching: 0,
  waiting: 1,
  parsing: 1,
  matching: 2,
  needs_mapping: 2,
  in_review: 3,
  importing: 4,
  done: 5,
  undoing: 4,
  undone: 5,
  cancelled: 3,
} as const satisfies Record<Stage, number>;

function stepsOf(job: JobDetail, pages: number | null): Step[] {
  const at = stepOf(job);
  const stateOf = (index: number): StepState => {
    if (index < at) return "done";
    if (index > at) return "ahead";
    if (job.status === "failed") return "failed";
    return isWorking(job) ? "busy" : "person";
  };
  return [
    { name: job.job_type === "sync" ? "Fetched" : "Received", state: stateOf(0), figures: receivedFigures(job, pages) },
    { name: "Read", state: stateOf(1), figures: readFigures(job) },
    { name: "Matched", state: stateOf(2), figures: matchedFigures(job) },
    { name: "Reviewed", state: stateOf(3), figures: reviewFigures(job) },
    { name: bookedName(job), state: job.stage === "undone" ? "done" : stateOf(4), figures: bookedFigures(job) },
  ];
}

/** A file that asks how it is read stands at its reading; one whose accounts are to be mapped, at its matching. */
function stepOf(job: JobDetail): number {
  if (job.stage === "cancelled") return cancelledAt(job);
  return isAsking(job) ? 1 : STEP_OF_STAGE[job.stage];
}

function cancelledAt(job: JobDetail): number {
  if (job.records_processed > 0) return 3;
  return job.records_fetched > 0 ? 2 : 1;
}

function receivedFigures({ job_type: type, size_bytes: bytes }: JobDetail, pages: number | null): string {
  const size = bytes === null ? "" : bytesText(bytes);
  return type !== "sync" || pages === null ? size : [pagesText(pages), size].filter((part) => part !== "").join(", ");
}

function readFigures(job: JobDetail): string {
  const records = `${groupCount(job.records_fetched)} ${plural(job.records_fetched, "record")}`;
  if (isAsking(job)) return "Asks how to read it";
  if (job.stage === "waiting") return "After an earlier job";
  if (job.stage === "parsing" && job.bytes_parsed !== null && job.size_bytes !== null) {
    return `${records}, ${percentOf(job.bytes_parsed, job.size_bytes)} % of ${bytesText(job.size_bytes)}`;
  }
  return job.stage === "deposited" || job.stage === "fetching" ? "" : records;
}

function matchedFigures(job: JobDetail): string {
  if (STEP_OF_STAGE[job.stage] < 2) return "";
  if (job.stage === "needs_mapping") return isAsking(job) ? "" : "Accounts to map";
  if (job.stage === "matching" && job.stage_progress !== null) return `${percentOf(job.stage_progress.done, job.stage_progress.total)} % compared`;
  return `${groupCount(job.records_processed)} of ${groupCount(job.records_fetched)}`;
}

function reviewFigures(job: JobDetail): string {
  if (job.stage === "in_review") return job.undecided === 0 ? "Yours to approve" : `${groupCount(job.undecided)} to decide`;
  if (job.stage === "cancelled") return "Cancelled";
  if (STEP_OF_STAGE[job.stage] < 4) return "";
  return job.approved_at === null ? "By itself" : "Approved";
}

function bookedName(job: JobDetail): string {
  return job.stage === "undone" || job.stage === "undoing" ? "Undone" : "Booked";
}

function bookedFigures(job: JobDetail): string {
  if (job.stage === "undone") return "Books as before";
  if (STEP_OF_STAGE[job.stage] < 4) return "";
  if (job.stage === "undoing" && job.stage_progress !== null) return `${percentOf(job.stage_progress.done, job.stage_progress.total)} % taken back`;
  if (job.stage === "importing" && job.records_imported === 0 && job.stage_progress !== null) {
    return `${percentOf(job.stage_progress.done, job.stage_progress.total)} %, verified before the first is booked`;
  }
  return `${groupCount(job.records_imported)} ${plural(job.records_imported, "row")}`;
}
