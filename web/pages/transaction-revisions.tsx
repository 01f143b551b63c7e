/** What has become of a transaction since it was booked: each change with who made it, when, and what was there before. */
import { usePersonName } from "../api/session.ts";
import type { TransactionDetail } from "../api/types.ts";
import { sentence } from "../lib/words.ts";
import { Instant } from "../ui/time.tsx";

export function Revisions({ transaction }: { transaction: TransactionDetail }) {
  const personName = usePersonName();
  if (transaction.revisions.length === 0) return null;
  return (
    <section className="flex flex-col gap-1.5">
      <h3 className="text-sm text-ink-3">What has changed since</h3>
      <ol className="flex flex-col gap-3">
        {transaction.revisions.map((revision) => (
          <li key={revision.version} className="border-l-2 border-line-strong pl-3 text-sm">
            <p>
              {REVISION_WORDS[revision.kind] ?? sentence(revision.kind)} by{" "}
              {revision.job_id === null ? (personName(revision.user_id) ?? "the system") : "an import"}, <Instant at={revision.created_at} />
            </p>
            <dl className="mt-1 flex flex-col gap-0.5">
              {changedFields(revision.before, revision.after).map(({ name, before, after }) => (
                <div key={name} className="break-words text-ink-2">
                  <dt className="inline text-ink-3">{name.replaceAll("_", " ")}: </dt>
                  <dd className="inline">
                    <del>{before}</del> → <ins className="no-underline">{after}</ins>
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
    </section>
  );
}

function changedFields(before: Record<string, unknown>, after: Record<string, unknown>): { name: string; before: string; after: string }[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => !SAID_ABOVE.has(name) && shown(before[name]) !== shown(after[name]))
    .map((name) => ({ name, before: shown(before[name]), after: shown(after[name]) }));
}

const REVISION_WORDS: Record<string, string> = {
  update: "Changed",
  removal: "Removed",
  delete: "Deleted",
  restore: "Brought back",
  edit: "Edited",
  reconcile: "Reconciled",
  unreconcile: "Marked as not reconciled",
};

/** What, who and when stand in the change's own line. */
const SAID_ABOVE: ReadonlySet<string> = new Set([
  "version",
  "updated_at",
  "deleted_at",
  "deleted_by",
  "deleted_by_job_id",
  "reconciled",
  "reconciled_at",
  "reconciled_by",
]);

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  return typeof value === "object" ? JSON.stringify(value) : `${value}`;
}
