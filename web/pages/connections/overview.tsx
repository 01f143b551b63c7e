/** How a connection that fetches stands: the most urgent thing with its one button, how fresh it is, its month, and its settings. */
import { Link } from "@tanstack/react-router";
import { useLookAtConnection } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { activitySentence, type DayRows, daysOf } from "../../lib/activity.ts";
import { FREQUENCIES, freshnessText, nextRunText } from "../../lib/connection-words.ts";
import { useNow } from "../../lib/hooks.ts";
import { groupCount } from "../../lib/money.ts";
import { Button } from "../../ui/button.tsx";
import { Facts, Section } from "../../ui/page.tsx";
import { Sparkline } from "../../ui/sparkline.tsx";
import { Refused } from "../../ui/states.tsx";
import { Ago, Day, Instant } from "../../ui/time.tsx";
import { DeleteConnection, NameSetting, PauseConnection } from "./keeping.tsx";
import { NextStep } from "./next-step.tsx";
import { ScheduleSection } from "./schedule.tsx";
import { SettingsSection } from "./settings.tsx";

export function Overview({ connection }: { connection: Connection }) {
  return (
    <>
      <NextStep connection={connection} />
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="flex min-w-0 flex-col gap-6">
          <Standing connection={connection} />
          <Month connection={connection} />
          <SettingsSection connection={connection} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <ScheduleSection connection={connection} />
          <NameSetting connection={connection} />
          <PauseConnection connection={connection} />
          <DeleteConnection connection={connection} />
        </div>
      </div>
    </>
  );
}

function Standing({ connection }: { connection: Connection }) {
  const now = useNow();
  const { open_run: run, last_job: job, test, expires_at: expiresAt, sync_frequency: frequency } = connection;
  const isPlanned = connection.next_sync_at !== null && connection.status === "active" && frequency !== "manual";
  const facts = [
    ["Data", freshnessText(connection)],
    ["Last success", <Ago key="success" at={connection.last_success_at} />],
    ["Next run", isPlanned ? `${nextRunText(connection, now)} (${FREQUENCIES[frequency].toLowerCase()})` : nextRunText(connection, now)],
    ...(run === null ? [] : [["Running", <RunningFact key="run" run={run} />] as const]),
    ...(job === null
      ? []
      : [
          [
            "Last import",
            <Link
              key="job"
              to="/imports/$jobId"
              params={{ jobId: job.id }}
              className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
            >
              <Instant at={job.created_at} />
            </Link>,
          ] as const,
        ]),
    ["Accounts there", groupCount(connection.provider_accounts.length)],
    ...(expiresAt === null ? [] : [["Consent ends", <Instant key="expires" at={expiresAt} />] as const]),
    ["Last look", test === null ? "none yet" : <LookFact key="look" test={test} />],
  ] as const;
  return (
    <Section title="How it stands" aside={<LookNow connection={connection} />}>
      <div className="px-4 py-4">
        <Facts facts={facts} />
      </div>
    </Section>
  );
}

function RunningFact({ run }: { run: NonNullable<Connection["open_run"]> }) {
  const pages = `${groupCount(run.pages)} ${run.pages === 1 ? "page" : "pages"} so far`;
  if (run.stage === "waiting") return <>Waits until the import before it is done</>;
  if (run.retry_at === null)
    return (
      <>
        Since {<Ago at={run.started_at} />}: {pages}
      </>
    );
  return (
    <>
      The provider did not answer, attempt {run.attempts}. It is tried again <Instant at={run.retry_at} />; {pages}.
    </>
  );
}

function LookFact({ test }: { test: NonNullable<Connection["test"]> }) {
  return (
    <>
      <span className={test.ok ? "text-good" : "text-bad"}>{test.ok ? "Worked" : "Did not work"}</span> <Ago at={test.at} />. {test.message}
    </>
  );
}

function LookNow({ connection }: { connection: Connection }) {
  const look = useLookAtConnection(connection.id);
  const mayLook = useMay("connections:write");
  if (!mayLook) return null;
  return (
    <div className="flex flex-col items-end gap-2">
      <Button size="small" look="quiet" isBusy={look.isPending} onClick={() => look.mutate(undefined)}>
        Test now
      </Button>
      <Refused error={look.error} />
    </div>
  );
}

function Month({ connection }: { connection: Connection }) {
  const now = useNow(60_000);
  const days = daysOf(connection.activity, now);
  return (
    <Section title="Rows booked a day">
      <div className="flex flex-col gap-3 px-4 py-4">
        <Sparkline days={days} isTall />
        <p className="text-sm text-ink-2">{activitySentence(days)}</p>
        <details>
          <summary className="text-sm font-medium text-ink-2">Day by day</summary>
          <DayTable days={days} />
        </details>
      </div>
    </Section>
  );
}

function DayTable({ days }: { days: readonly DayRows[] }) {
  return (
    <table className="mt-2 w-full max-w-sm text-sm">
      <thead className="text-left text-xs text-ink-3">
        <tr>
          <th className="py-1 font-medium">Day (UTC)</th>
          <th className="py-1 text-right font-medium">Rows</th>
        </tr>
      </thead>
      <tbody>
        {days.toReversed().map(({ on, rows }) => (
          <tr key={on} className="border-t border-line">
            <td className="py-1">
              <Day day={on} />
            </td>
            <td className="py-1 text-right tabular-nums">{groupCount(rows)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
