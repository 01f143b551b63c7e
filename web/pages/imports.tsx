/** Where files come in: choose or drop them, and what became of each. The tray keeps the transfers; this page keeps none. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { FileUp } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { connectionsQuery } from "../api/connections.ts";
import { isWorking, jobsQuery } from "../api/jobs.ts";
import { rowsOf } from "../api/query.ts";
import { useMay } from "../api/session.ts";
import type { Connection, Job } from "../api/types.ts";
import { percentOf } from "../lib/bytes.ts";
import { groupCount } from "../lib/money.ts";
import { syncTitle } from "../lib/run-words.ts";
import { CONNECTION_TYPES, jobState, OUTCOME_WORDS, plural, proofState } from "../lib/words.ts";
import { waiting } from "../preview/waiting.ts";
import { Badge } from "../ui/badge.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { useFilePicker } from "../ui/drop-zone.tsx";
import { SelectField } from "../ui/field.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Note, Pending } from "../ui/states.tsx";
import { Ago } from "../ui/time.tsx";

const route = getRouteApi("/shell/imports");

export function ImportsPage() {
  const { connection: connectionId } = route.useSearch();
  const mayUpload = useMay("files:upload");
  return (
    <Page title="Imports" lead="Bank files come in here, are read and proven, and reach the books only when you approve them.">
      <WaitingNote />
      {mayUpload && <Uploader connectionId={connectionId ?? null} />}
      <JobList connectionId={connectionId ?? null} mayUpload={mayUpload} />
    </Page>
  );
}

/** Files that were dropped and neither sent nor left out. */
function WaitingNote() {
  const count = useSyncExternalStore(waiting.subscribe, waiting.snapshot).length;
  if (count === 0) return null;
  return (
    <Note
      tone="note"
      action={
        <Link to="/imports/preview" className={buttonClass("secondary")}>
          Look at {count === 1 ? "it" : "them"}
        </Link>
      }
    >
      {count} {plural(count, "file waits", "files wait")} for you. Nothing of {count === 1 ? "it" : "them"} has been sent.
    </Note>
  );
}

function Uploader({ connectionId }: { connectionId: string | null }) {
  const picker = useFilePicker();
  const navigate = route.useNavigate();
  const connections = useInfiniteQuery(connectionsQuery);
  const { setConnection } = picker;
  useEffect(() => {
    setConnection(connectionId);
    return () => setConnection(null);
  }, [connectionId, setConnection]);
  const choose = (value: string) => void navigate({ search: value === "" ? {} : { connection: value }, replace: true });
  return (
    <div className="grid gap-4 rounded-lg border border-dashed border-line-strong bg-surface p-4 sm:grid-cols-[minmax(0,1fr)_15rem_auto] sm:items-end sm:p-5">
      <div>
        <p className="flex items-center gap-2 font-medium">
          <FileUp aria-hidden className="size-4 text-accent" />
          Drop bank files anywhere on the page
        </p>
        <p className="mt-0.5 text-sm text-ink-3">Several at once if you like. The same file twice is noticed and books nothing.</p>
      </div>
      <SelectField label="Into the connection" value={connectionId ?? ""} onChange={(event) => choose(event.target.value)}>
        <option value="">{defaultName(rowsOf(connections.data))}</option>
        {rowsOf(connections.data)
          .filter((connection) => !connection.is_default && takesFiles(connection))
          .map((connection) => (
            <option key={connection.id} value={connection.id}>
              {connection.name}
            </option>
          ))}
      </SelectField>
      <Button look="primary" onClick={() => picker.pick(connectionId)}>
        Choose files
      </Button>
    </div>
  );
}

function JobList({ connectionId, mayUpload }: { connectionId: string | null; mayUpload: boolean }) {
  const jobs = useInfiniteQuery(jobsQuery({ connection_id: connectionId ?? undefined }));
  const rows = rowsOf(jobs.data);
  if (jobs.data === undefined) {
    return (
      <Sheet>
        <Pending query={jobs}>
          <BoneRows rows={6} className="h-[3.75rem]" />
        </Pending>
      </Sheet>
    );
  }
  if (rows.length === 0) {
    return (
      <Sheet>
        <Empty title={connectionId === null ? "No imports yet" : "Nothing has come in through this connection yet"}>
          {mayUpload
            ? "Drop your first bank file on this page. Nothing reaches the books before you have seen it."
            : "When somebody imports a bank file, it shows here."}
        </Empty>
      </Sheet>
    );
  }
  return (
    <Sheet>
      <JobTable jobs={rows} />
      {jobs.hasNextPage && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" isBusy={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>
            Show older imports
          </Button>
        </div>
      )}
    </Sheet>
  );
}

export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  return (
    <div className="@container">
      <table className="w-full table-fixed @max-3xl:block">
        <thead className="border-b border-line bg-sunken text-left text-xs text-ink-3 @max-3xl:sr-only">
          <tr>
            <th className="px-4 py-2 font-medium">File</th>
            <th className="w-44 px-3 py-2 font-medium">State</th>
            <th className="w-36 px-3 py-2 font-medium">Proof</th>
            <th className="w-[28%] px-3 py-2 font-medium">Rows</th>
            <th className="w-28 px-4 py-2 text-right font-medium">Received</th>
          </tr>
        </thead>
        <tbody className="@max-3xl:block">
          {jobs.map((job) => (
            <JobLine key={job.id} job={job} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function JobLine({ job }: { job: Job }) {
  const state = jobState(job);
  // Before matching, and where nothing could be read, there is no verdict to show.
  const proof = job.plan_version > 0 ? proofState(job.proof_ok) : null;
  return (
    <tr className="relative border-b border-line last:border-b-0 hover:bg-sunken @max-3xl:flex @max-3xl:flex-wrap @max-3xl:gap-x-2 @max-3xl:gap-y-1.5 @max-3xl:px-4 @max-3xl:py-3">
      <td className="min-w-0 px-4 py-2.5 @max-3xl:basis-full @max-3xl:p-0">
        <Link
          to="/imports/$jobId"
          params={{ jobId: job.id }}
          className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
        >
          {job.job_type === "sync" ? syncTitle(job) : (job.file_name ?? "Read again")}
        </Link>
        <span className="block truncate text-sm text-ink-3">
          {job.connection_name}
          {job.job_type === "reparse" && ", read anew"}
        </span>
      </td>
      <td className="px-3 py-2.5 @max-3xl:p-0">
        <Badge tone={state.tone}>{state.text}</Badge>
      </td>
      <td className="px-3 py-2.5 @max-3xl:p-0 @max-3xl:empty:hidden">{proof !== null && <Badge tone={proof.tone}>{proof.text}</Badge>}</td>
      <td className="px-3 py-2.5 text-sm @max-3xl:basis-full @max-3xl:p-0">
        <JobRowsText job={job} />
      </td>
      <td className="px-4 py-2.5 text-right text-sm text-ink-3 @max-3xl:p-0 @max-3xl:text-left">
        <Ago at={job.created_at} />
      </td>
    </tr>
  );
}

/** What the job holds, the most pressing first. */
function JobRowsText({ job }: { job: Job }) {
  if (isWorking(job) && (job.stage === "parsing" || job.stage === "deposited")) {
    const read = job.size_bytes === null || job.bytes_parsed === null ? "" : `${percentOf(job.bytes_parsed, job.size_bytes)} % read, `;
    return (
      <span className="text-ink-2 tabular-nums">
        {read}
        {groupCount(job.records_fetched)} {plural(job.records_fetched, "record")}
      </span>
    );
  }
  if (job.waits_for === "reading") return <span className="text-ink-2">Nothing is read until that is said</span>;
  if (job.status === "failed" && job.error_message !== null) return <span className="line-clamp-2 text-bad">{job.error_message}</span>;
  const order = job.stage === "in_review" ? CALM_OUTCOMES : OUTCOME_ORDER;
  const counts = order.filter((outcome) => job.outcomes[outcome] > 0);
  return (
    <span className="flex flex-wrap gap-x-3 gap-y-0.5 text-ink-2 tabular-nums">
      {job.undecided > 0 && <span className="font-medium whitespace-nowrap text-warn">{groupCount(job.undecided)} to decide</span>}
      {counts.length === 0 && "No rows"}
      {counts.map((outcome) => (
        <span key={outcome} className="whitespace-nowrap">
          {groupCount(job.outcomes[outcome])} {plural(job.outcomes[outcome], OUTCOME_WORDS[outcome].one, OUTCOME_WORDS[outcome].many).toLowerCase()}
        </span>
      ))}
    </span>
  );
}

/** In review the outcomes that wait for a person are summed up as "to decide". */
const CALM_OUTCOMES = ["new", "update", "duplicate", "unmapped", "invalid"] as const;
const OUTCOME_ORDER = ["conflict", "possible_duplicate", "removal", "new", "update", "duplicate", "unmapped", "invalid"] as const;

function takesFiles(connection: Connection): boolean {
  return connection.connection_type === "bai2" || connection.connection_type === "file";
}

function defaultName(connections: readonly Connection[]): string {
  const standard = connections.find((connection) => connection.is_default);
  return standard === undefined ? `Default (${CONNECTION_TYPES.file.toLowerCase()})` : `${standard.name} (default)`;
}
