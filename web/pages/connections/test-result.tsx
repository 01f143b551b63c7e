/** What a test found: the accounts, what is worth knowing, that it is connected already; or why it did not work, and nothing that would hide it. */
import { Link } from "@tanstack/react-router";
import type { ConnectionTest, ProviderAccount } from "../../api/types.ts";
import { plural } from "../../lib/words.ts";
import { Note } from "../../ui/states.tsx";
import { Instant } from "../../ui/time.tsx";

export function TestResult({ test }: { test: ConnectionTest }) {
  if (!test.ok) {
    return (
      <div role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-bad">
        <p className="font-semibold">It did not work.</p>
        <p className="mt-0.5 break-words">{test.message}</p>
        <p className="mt-1 font-mono text-xs opacity-80">{test.code}</p>
      </div>
    );
  }
  const { accounts, notes, existing, title, expires_at: expiresAt } = test;
  return (
    <div role="status" className="flex flex-col gap-3">
      {existing !== null && (
        <Note tone="warn">
          This is connected already, as{" "}
          <Link
            to="/connections/$connectionId"
            params={{ connectionId: existing.id }}
            search={{}}
            className="font-medium underline underline-offset-2"
          >
            {existing.name}
          </Link>
          . Twice would be the same movements twice, so no second one is made.
        </Note>
      )}
      <p>
        <span className="font-semibold text-good">It works.</span> {title === null ? "" : `${title}: `}
        {accounts.length === 0 ? "no account is to be seen yet." : `${accounts.length} ${plural(accounts.length, "account")} found.`}
      </p>
      <ProviderAccounts accounts={accounts} />
      {expiresAt !== null && (
        <p className="text-sm text-ink-2">
          The consent ends <Instant at={expiresAt} />.
        </p>
      )}
      {notes.map((note) => (
        <p key={note} className="text-sm text-ink-2">
          {note}
        </p>
      ))}
    </div>
  );
}

export function ProviderAccounts({ accounts }: { accounts: readonly ProviderAccount[] }) {
  if (accounts.length === 0) return null;
  return (
    <ul className="rounded-md border border-line">
      {accounts.map((account) => (
        <li key={account.id} className="flex flex-wrap items-baseline gap-x-3 border-b border-line px-3 py-2 last:border-b-0">
          <ProviderAccountName account={account} />
        </li>
      ))}
    </ul>
  );
}

/** An account as the provider names it. */
export function ProviderAccountName({ account }: { account: ProviderAccount }) {
  const { name, last_four: lastFour, currency, type } = account;
  const digits = lastFour === null || lastFour === "" ? null : `•••• ${lastFour}`;
  return (
    <>
      <span className="min-w-0 font-medium break-words">{name ?? digits ?? "Account without a name"}</span>
      {name !== null && digits !== null && <span className="font-mono text-sm text-ink-2">{digits}</span>}
      <span className="text-sm break-words text-ink-3">
        {[currency, type?.replace("/", ", ")].filter((part) => part !== null && part !== undefined).join(", ")}
      </span>
    </>
  );
}
