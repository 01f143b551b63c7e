/** Your accounts with their balances, each saying as of when. Balances are the bank's; nothing is totalled here. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { accountsQuery } from "../api/books.ts";
import { rowsOf } from "../api/query.ts";
import { useMay } from "../api/session.ts";
import type { Account } from "../api/types.ts";
import { transactionCountText } from "../lib/money.ts";
import { plural } from "../lib/words.ts";
import { Button } from "../ui/button.tsx";
import { Amount } from "../ui/money.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Pending } from "../ui/states.tsx";
import { Instant } from "../ui/time.tsx";
import { NewAccountDialog } from "./new-account.tsx";

export function AccountsPage() {
  const accounts = useInfiniteQuery(accountsQuery);
  const mayCreate = useMay("accounts:write");
  const navigate = useNavigate();
  const [isCreating, setCreating] = useState(false);
  const create = mayCreate ? (
    <Button look="primary" onClick={() => setCreating(true)}>
      New account
    </Button>
  ) : undefined;
  return (
    <Page title="Accounts" lead="What the banks last said of each account, and when they said it." actions={create}>
      <Sheet>
        <Pending query={accounts}>
          <BoneRows rows={5} className="h-[4.25rem]" />
        </Pending>
        {accounts.data !== undefined && <AccountTable accounts={rowsOf(accounts.data)} />}
      </Sheet>
      {isCreating && (
        <NewAccountDialog
          start={{ name: "", currency: "USD" }}
          onClose={() => setCreating(false)}
          onCreated={(account) => void navigate({ to: "/accounts/$accountId", params: { accountId: account.id } })}
        />
      )}
    </Page>
  );
}

function AccountTable({ accounts }: { accounts: readonly Account[] }) {
  if (accounts.length === 0) return <Empty title="No accounts yet">Create one here, or when you map the first account that a bank file names.</Empty>;
  return (
    <table className="w-full table-fixed max-md:block">
      <thead className="border-b border-line bg-sunken text-left text-xs text-ink-3 max-md:sr-only">
        <tr>
          <th className="px-4 py-2 font-medium">Account</th>
          <th className="w-56 px-3 py-2 text-right font-medium">Current balance</th>
          <th className="w-56 px-4 py-2 text-right font-medium">Available balance</th>
        </tr>
      </thead>
      <tbody className="max-md:block">
        {accounts.map((account) => (
          <tr
            key={account.id}
            className="relative border-b border-line last:border-b-0 hover:bg-sunken max-md:grid max-md:grid-cols-2 max-md:gap-x-4 max-md:gap-y-2 max-md:px-4 max-md:py-3"
          >
            <td className="px-4 py-3 max-md:col-span-2 max-md:p-0">
              <Link
                to="/accounts/$accountId"
                params={{ accountId: account.id }}
                className="block truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
              >
                {account.name}
              </Link>
              <span className="block truncate text-sm text-ink-3 tabular-nums">
                {account.last_four !== null && `•••• ${account.last_four}, `}
                {transactionCountText(account.transaction_count)} {plural(account.transaction_count, "transaction")}
              </span>
            </td>
            <BalanceCell label="Current" minor={account.current_balance_minor} currency={account.currency} at={account.current_as_of_at} />
            <BalanceCell label="Available" minor={account.available_balance_minor} currency={account.currency} at={account.available_as_of_at} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function BalanceCell({ label, minor, currency, at }: { label: string; minor: string | null; currency: string; at: string | null }) {
  return (
    <td className="px-3 py-3 text-right last:pr-4 max-md:min-w-0 max-md:p-0 max-md:text-left">
      <span className="block text-xs text-ink-3 md:hidden">{label}</span>
      <span className="block font-medium">
        <Amount minor={minor} currency={currency} />
      </span>
      <span className="block text-xs text-ink-3">{at === null ? "no statement yet" : <Instant at={at} />}</span>
    </td>
  );
}
