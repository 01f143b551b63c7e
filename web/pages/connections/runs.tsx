/** The runs of a connection, the newest first: when and why each began, what it fetched, and how it ended. Live while one runs. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { rowsOf } from "../../api/query.ts";
import { runsQuery } from "../../api/runs.ts";
import type { Connection, SyncRun } from "../../api/types.ts";
import { runState } from "../../lib/connection-words.ts";
import { groupCount } from "../../lib/money.ts";
import { TRIGGERS } from "../../lib/run-words.ts";
import { instantText } from "../../lib/time.ts";
import { plural } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { BoneRows, Empty, Pending } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";

export function RunsTab({ connection }: { connection: Connection }) {
  const query = useInfiniteQuery(runsQuery(connection.id));
  const runs = rowsOf(query.data);
  return (
    <Section title="Runs">
      <Pending query={query}>
        <BoneRows rows={6} className="h-[4.5rem]" />
      </Pending>
      {query.data !== undefined && runs.length === 0 && (
        <Empty title="No run yet">The first one begins by its schedule, or when somebody asks for it.</Empty>
      )}
      <ol>
        {runs.map((run) => (
          <RunLine key={run.job_id} run={run} />
        ))}
      </ol>
      {query.hasNextPage && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older runs
          </Button>
        </div>
      )}
    </Section>
  );
}

function RunLine({ run }: { run: SyncRun }) {
  const state = runState(run);
  const by = run.requested_by_name === null ? "" : ` by ${run.requested_by_name}`;
  return (
    <li className="relative grid gap-x-6 gap-y-1 border-b border-line px-4 py-3 last:border-b-0 hover:bg-sunken sm:grid-cols-[10rem_minmax(0,1fr)_auto] sm:items-start">
      <div>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      <div className="min-w-0">
        <p className="tabular-nums">
          <Link
            to="/imports/$jobId"
            params={{ jobId: run.job_id }}
            className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {fetchedText(run)}
          </Link>
        </p>
        {run.failure?.message != null && <FailureLine failure={run.failure} />}
        {run.outcome === "not_ready" && (
          <p className="text-sm text-ink-2">The provider has not prepared anything yet. This does not count as fresh.</p>
        )}
        {run.outcome === null && run.retry_at !== null && (
          <p className="text-sm text-warn">
            Attempt {run.attempts} did not get through. It is tried again {instantText(run.retry_at)}.
          </p>
        )}
      </div>
      <p className="text-sm text-ink-3">
        <Ago at={run.started_at} />, {TRIGGERS[run.trigger]}
        {by}
      </p>
    </li>
  );
}

function FailureLine({ failure }: { failure: NonNullable<SyncRun["failure"]> }) {
  const marks = [failure.code, failure.request_id === null ? null : `request ${failure.request_id}`].filter((mark) => mark !== null);
  return (
    <p className="text-sm break-words text-bad">
      {failure.message} <span className="font-mono text-xs opacity-80">{marks.join(", ")}</span>
    </p>
  );
}

/** `3 pages, 120 rows, 12 booked`; what went otherwise than at first is said too. */
function fetchedText({ pages, restarts, records_fetched: fetched, records_imported: imported }: SyncRun): string {
  const parts = [
    `${groupCount(pages)} ${plural(pages, "page")}`,
    `${groupCount(fetched)} ${plural(fetched, "row")}`,
    `${groupCount(imported)} booked`,
  ];
  if (restarts > 0) parts.push(`begun again ${restarts === 1 ? "once" : `${restarts} times`}`);
  return parts.join(", ");
}
