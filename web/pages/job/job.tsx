/** One import from its bytes to the books: where it stands, whether it adds up, what each row would do, and what a person may do now. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { jobQuery } from "../../api/jobs.ts";
import { usePersonName } from "../../api/session.ts";
import type { JobDetail, SyncRun } from "../../api/types.ts";
import { bytesText } from "../../lib/bytes.ts";
import { syncTitle, TRIGGERS } from "../../lib/run-words.ts";
import { FORMAT_NAMES, jobState } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Page, Sheet } from "../../ui/page.tsx";
import { Bone, BoneRows, Failed } from "../../ui/states.tsx";
import { Instant } from "../../ui/time.tsx";
import { JobActions } from "./actions.tsx";
import { JobNotices } from "./notices.tsx";
import { OpenReading, ReadingSection } from "./reading.tsx";
import { JobRows } from "./rows.tsx";
import { useRunOf } from "./run.ts";
import { Statements } from "./statements.tsx";
import { Timeline } from "./timeline.tsx";
import { Totals } from "./totals.tsx";

const route = getRouteApi("/shell/imports/$jobId");

export function JobPage() {
  const { jobId } = route.useParams();
  const job = useQuery(jobQuery(jobId));
  if (job.data === undefined) return job.error === null ? <JobBones /> : <Failed error={job.error} retry={() => void job.refetch()} />;
  return (
    <Page title={titleOf(job.data)} heading={<JobHeading job={job.data} />} actions={<JobActions job={job.data} />}>
      <JobNotices job={job.data} />
      <Timeline job={job.data} />
      <OpenReading job={job.data} />
      <Totals job={job.data} />
      <Statements job={job.data} />
      <ReadingSection job={job.data} />
      <JobRows job={job.data} />
    </Page>
  );
}

function titleOf(job: JobDetail, pages: number | null = null): string {
  return job.job_type === "sync" ? syncTitle(job, pages) : (job.file_name ?? "Import");
}

function JobHeading({ job }: { job: JobDetail }) {
  const state = jobState(job);
  const run = useRunOf(job);
  return (
    <>
      <nav aria-label="Way back" className="mb-1 text-sm text-ink-3">
        <Link to="/imports" className="hover:text-ink hover:underline">
          Imports
        </Link>
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words [overflow-wrap:anywhere]">{titleOf(job, run?.pages ?? null)}</h1>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      {job.job_type === "sync" ? <RunOrigin job={job} run={run} /> : <JobOrigin job={job} />}
    </>
  );
}

/** Of a job that was fetched: from where, why, and by whose hand. */
function RunOrigin({ job, run }: { job: JobDetail; run: SyncRun | null }) {
  const begun = run === null ? "" : `, ${TRIGGERS[run.trigger]}${run.requested_by_name === null ? "" : ` by ${run.requested_by_name}`}`;
  return (
    <p className="mt-1 text-sm text-ink-2">
      From{" "}
      <Link
        to="/connections/$connectionId"
        params={{ connectionId: job.connection_id }}
        search={{ tab: "runs" }}
        className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
      >
        {job.connection_name}
      </Link>
      , begun <Instant at={job.created_at} />
      {begun}.{run !== null && run.restarts > 0 && " The data changed while it was read, so it was read from its beginning again."}
    </p>
  );
}

function JobOrigin({ job }: { job: JobDetail }) {
  const personName = usePersonName();
  const by = personName(job.created_by);
  // Until it is recognized the format has no name of its own.
  const format = job.format === null ? null : (FORMAT_NAMES[job.format] ?? null);
  return (
    <p className="mt-1 text-sm text-ink-2">
      {job.job_type === "reparse" && "Read anew: "}
      {[format, job.size_bytes === null ? null : bytesText(job.size_bytes)].filter((part) => part !== null).join(", ")} from{" "}
      <Link
        to="/connections/$connectionId"
        params={{ connectionId: job.connection_id }}
        className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
      >
        {job.connection_name}
      </Link>
      , received <Instant at={job.created_at} />
      {by !== null && ` by ${by}`}
      {job.sha256 !== null && (
        <span className="mt-0.5 block font-mono text-xs text-ink-3" title={`SHA-256 of the file: ${job.sha256}`}>
          sha256 {job.sha256.slice(0, 12)}
        </span>
      )}
    </p>
  );
}

function JobBones() {
  return (
    <Page
      title="Import"
      heading={
        <div className="flex flex-col gap-2 pt-6">
          <Bone className="h-7 w-72 max-w-full" />
          <Bone className="h-4 w-96 max-w-full" />
        </div>
      }
    >
      <Bone className="h-28 w-full rounded-lg" />
      <Sheet>
        <BoneRows rows={8} />
      </Sheet>
    </Page>
  );
}
