/** The log of everything that was done, and the proof that nobody has changed it since. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { auditQuery, auditVerifyQuery } from "../api/audit.ts";
import { rowsOf } from "../api/query.ts";
import { usePersonName } from "../api/session.ts";
import type { AuditEntry } from "../api/types.ts";
import { groupCount } from "../lib/money.ts";
import { plural, sentence } from "../lib/words.ts";
import { Badge } from "../ui/badge.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { Bone, BoneRows, Empty, Pending, Refused } from "../ui/states.tsx";
import { Instant } from "../ui/time.tsx";

export function AuditPage() {
  const query = useInfiniteQuery(auditQuery);
  const entries = rowsOf(query.data);
  return (
    <Page
      title="Audit"
      lead="Every action of people and of the system, in order. Entries can be added, never changed."
      actions={
        <a href="/api/audit.csv" download className={buttonClass("secondary")}>
          Export all as CSV
        </a>
      }
    >
      <Verification />
      <Sheet>
        <Pending query={query}>
          <BoneRows rows={8} className="h-14" />
        </Pending>
        {query.data !== undefined && entries.length === 0 && (
          <Empty title="Nothing has happened yet">The first sign-in or upload will be the first entry.</Empty>
        )}
        <ol>
          {entries.map((entry) => (
            <EntryLine key={entry.id} entry={entry} />
          ))}
        </ol>
        {query.hasNextPage && (
          <div className="border-t border-line px-4 py-2.5">
            <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older entries
            </Button>
          </div>
        )}
      </Sheet>
    </Page>
  );
}

function Verification() {
  const verify = useQuery(auditVerifyQuery);
  const client = useQueryClient();
  const sealed = verify.data?.sealed;
  // Verifying seals what waited: the list is asked again for its seals.
  useEffect(() => {
    if (sealed !== undefined) void client.invalidateQueries({ queryKey: auditQuery.queryKey });
  }, [sealed, client]);
  return (
    <div className="flex min-h-[3.75rem] flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-line bg-surface px-4 py-3">
      {verify.data === undefined && verify.error === null && <Bone className="h-5 w-72" />}
      <Refused error={verify.error} />
      {verify.data !== undefined && (
        <>
          <Badge tone={verify.data.ok ? "good" : "bad"}>{verify.data.ok ? "Chain verified" : "Chain broken"}</Badge>
          <p className="min-w-0 flex-1 basis-60 text-ink-2">
            {verify.data.ok
              ? `${groupCount(verify.data.sealed)} ${plural(verify.data.sealed, "entry is", "entries are")} sealed and unchanged; ${groupCount(verify.data.unsealed)} ${plural(verify.data.unsealed, "waits", "wait")} for the next seal.`
              : `The chain breaks at seal ${verify.data.first_break ?? "unknown"}: ${verify.data.why ?? "no reason was given"}`}
          </p>
        </>
      )}
      <Button size="small" isBusy={verify.isFetching} onClick={() => void verify.refetch()} className="ml-auto">
        Verify now
      </Button>
    </div>
  );
}

function EntryLine({ entry }: { entry: AuditEntry }) {
  const personName = usePersonName();
  const details = Object.entries(entry.details).filter(([, value]) => value !== null && value !== "");
  return (
    <li className="grid gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 text-sm last:border-b-0 md:grid-cols-[13rem_minmax(0,1fr)_8rem]">
      <span className="text-ink-3">
        <Instant at={entry.created_at} />
      </span>
      <div className="min-w-0">
        <p>
          <span className="font-medium">{sentence(entry.action)}</span>
          <span className="text-ink-2"> by {personName(entry.user_id) ?? (entry.token_id === null ? "the system" : "a service token")}</span>
          {entry.job_id !== null && (
            <>
              {" "}
              <Link to="/imports/$jobId" params={{ jobId: entry.job_id }} className="text-accent underline-offset-2 hover:underline">
                Open import
              </Link>
            </>
          )}
        </p>
        {details.length > 0 && (
          <p className="font-mono text-xs break-all text-ink-3">
            {details.map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : `${value}`}`).join("  ")}
          </p>
        )}
      </div>
      <span className="text-xs text-ink-3 tabular-nums md:text-right">{entry.seal_no === null ? "not sealed yet" : `seal ${entry.seal_no}`}</span>
    </li>
  );
}
