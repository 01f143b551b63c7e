/** A connection at a glance: its state in words, the one thing that is most urgent, how fresh it is, when it goes on, thirty days of rows. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useSyncNow } from "../../api/connections.ts";
import type { Connection } from "../../api/types.ts";
import { daysOf, rowsToday } from "../../lib/activity.ts";
import { connectionState, nextRunText, priorityLine } from "../../lib/connection-words.ts";
import { useNow } from "../../lib/hooks.ts";
import { groupCount } from "../../lib/money.ts";
import { CONNECTION_TYPES, plural } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { cx } from "../../ui/cx.ts";
import { Sparkline } from "../../ui/sparkline.tsx";
import { Refused } from "../../ui/states.tsx";
import { Ago } from "../../ui/time.tsx";
import { SyncButton, useMaySync } from "./sync-button.tsx";

export function ConnectionCard({ connection }: { connection: Connection }) {
  const sync = useSyncNow(connection);
  const maySync = useMaySync(connection);
  const state = sync.isFetching ? ({ text: "Fetching", tone: "busy" } as const) : connectionState(connection);
  return (
    <li className="relative flex min-h-44 min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface px-4 py-4 hover:border-line-strong">
      <div className="flex items-start justify-between gap-3">
        <div className="min-w-0">
          <Link
            to="/connections/$connectionId"
            params={{ connectionId: connection.id }}
            search={{}}
            className="block font-semibold break-words after:absolute after:inset-0 after:rounded-lg focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:outline-accent"
          >
            {connection.name}
          </Link>
          <span className="text-sm text-ink-3">
            {CONNECTION_TYPES[connection.connection_type]}
            {connection.is_default && ", default"}
          </span>
        </div>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      <PriorityLine connection={connection} />
      <div className="mt-auto flex flex-col gap-3">
        {connection.fetches && <Activity connection={connection} />}
        {connection.fetches ? <FetchingFacts connection={connection} /> : <ReceivingFacts connection={connection} />}
        {maySync && (
          <div className="relative flex flex-col items-start gap-2">
            <SyncButton connection={connection} sync={sync} size="small" />
            <Refused error={sync.error} />
          </div>
        )}
      </div>
    </li>
  );
}

function PriorityLine({ connection }: { connection: Connection }) {
  const line = priorityLine(connection);
  if (line === null) return null;
  return <p className={cx("line-clamp-3 text-sm break-words", LINE_TONES[line.tone])}>{line.text}</p>;
}

const LINE_TONES = { bad: "text-bad", warn: "text-warn", plain: "text-ink-2" } as const;

function Activity({ connection }: { connection: Connection }) {
  const now = useNow(60_000);
  const days = daysOf(connection.activity, now);
  const today = rowsToday(days);
  return (
    <div className="flex items-end gap-3">
      <Sparkline days={days} className="flex-1" />
      <p className="shrink-0 text-sm text-ink-2 tabular-nums">
        {groupCount(today)} {plural(today, "row")} today
      </p>
    </div>
  );
}

function FetchingFacts({ connection }: { connection: Connection }) {
  const now = useNow();
  const accounts = connection.provider_accounts.length;
  return (
    <dl className="flex flex-col gap-1 text-sm">
      <Fact term="Last success">
        <Ago at={connection.last_success_at} />
      </Fact>
      <Fact term="Next run">{nextRunText(connection, now)}</Fact>
      <Fact term="Accounts there">{accounts === 0 ? <span className="text-ink-3">none yet</span> : groupCount(accounts)}</Fact>
    </dl>
  );
}

function ReceivingFacts({ connection }: { connection: Connection }) {
  return (
    <dl className="flex flex-col gap-1 text-sm">
      <Fact term="Last success">
        <Ago at={connection.last_success_at} />
      </Fact>
      <Fact term="Last import">
        {connection.last_job === null ? (
          <span className="text-ink-3">none yet</span>
        ) : (
          <span title={connection.last_job.file_name ?? undefined}>{connection.last_job.file_name ?? "read anew"}</span>
        )}
      </Fact>
    </dl>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="flex justify-between gap-3">
      <dt className="shrink-0 text-ink-3">{term}</dt>
      <dd className="truncate tabular-nums">{children}</dd>
    </div>
  );
}
