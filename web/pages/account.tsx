/** One account: its balances now, and every balance that a bank has stated, with its origin. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { accountQuery, balancesQuery } from "../api/books.ts";
import { rowsOf } from "../api/query.ts";
import type { Account, Balance } from "../api/types.ts";
import { transactionCountText } from "../lib/money.ts";
import { STATEMENT_KINDS } from "../lib/words.ts";
import { Button, buttonClass } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Amount } from "../ui/money.tsx";
import { Page, Section, Sheet } from "../ui/page.tsx";
import { Bone, BoneRows, Empty, Failed, Pending } from "../ui/states.tsx";
import { Day, Instant } from "../ui/time.tsx";

const route = getRouteApi("/shell/accounts/$accountId");

export function AccountPage() {
  const { accountId } = route.useParams();
  const account = useQuery(accountQuery(accountId));
  if (account.data === undefined) {
    if (account.error !== null) return <Failed error={account.error} retry={() => void account.refetch()} />;
    return (
      <Page title="Account" heading={<Bone className="mt-6 h-7 w-64 max-w-full" />}>
        <Bone className="h-24 w-full rounded-lg" />
        <Sheet>
          <BoneRows rows={8} />
        </Sheet>
      </Page>
    );
  }
  return (
    <Page title={account.data.name} heading={<AccountHeading account={account.data} />} actions={<ToTransactions account={account.data} />}>
      <div className="grid overflow-clip rounded-lg border border-line bg-surface sm:grid-cols-2">
        <BigBalance
          name="Current balance"
          minor={account.data.current_balance_minor}
          currency={account.data.currency}
          at={account.data.current_as_of_at}
        />
        <BigBalance
          name="Available balance"
          minor={account.data.available_balance_minor}
          currency={account.data.currency}
          at={account.data.available_as_of_at}
        />
      </div>
      <Balances accountId={accountId} />
    </Page>
  );
}

function AccountHeading({ account }: { account: Account }) {
  return (
    <>
      <nav aria-label="Way back" className="mb-1 text-sm text-ink-3">
        <Link to="/accounts" className="hover:text-ink hover:underline">
          Accounts
        </Link>
      </nav>
      <h1 className="text-xl font-semibold tracking-tight break-words">{account.name}</h1>
      <p className="mt-1 text-sm text-ink-2">
        {account.last_four !== null && `•••• ${account.last_four}, `}
        {account.currency}, {account.account_type === "checking" ? "current account" : account.account_type}, days in {account.time_zone}
        {account.entity_name !== null && `, ${account.entity_name}`}
      </p>
    </>
  );
}

function ToTransactions({ account }: { account: Account }) {
  return (
    <Link to="/transactions" search={{ account: account.id }} className={buttonClass("secondary")}>
      {transactionCountText(account.transaction_count)} transactions
    </Link>
  );
}

function BigBalance({ name, minor, currency, at }: { name: string; minor: string | null; currency: string; at: string | null }) {
  return (
    <div className="border-line px-5 py-4 not-first:border-t sm:not-first:border-t-0 sm:not-first:border-l">
      <p className="text-sm text-ink-3">{name}</p>
      <p className="mt-0.5 text-xl font-semibold tracking-tight">
        <Amount minor={minor} currency={currency} />
      </p>
      <p className="mt-0.5 text-sm text-ink-3">
        {at === null ? (
          "No statement has said it yet"
        ) : (
          <>
            as of <Instant at={at} />
          </>
        )}
      </p>
    </div>
  );
}

function Balances({ accountId }: { accountId: string }) {
  const query = useInfiniteQuery(balancesQuery(accountId));
  const balances = rowsOf(query.data);
  return (
    <Section title="Balances stated by the bank">
      <Pending query={query}>
        <BoneRows rows={6} />
      </Pending>
      {query.data !== undefined && balances.length === 0 && (
        <Empty title="No balances yet">They come with the first statement of this account that is booked.</Empty>
      )}
      {balances.length > 0 && (
        <div className="max-h-[36rem] overflow-auto">
          <table className="w-full min-w-[22rem] text-sm">
            <thead className="sticky top-0 bg-sunken text-left text-xs text-ink-3 shadow-[0_1px_0_var(--line)]">
              <tr>
                <th className="px-4 py-2 font-medium">Day</th>
                <th className="px-3 py-2 font-medium">Balance</th>
                <th className="px-3 py-2 font-medium max-md:hidden">Statement</th>
                <th className="px-4 py-2 text-right font-medium">Amount</th>
              </tr>
            </thead>
            <tbody>
              {balances.map((balance) => (
                <BalanceLine key={balance.id} balance={balance} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {query.hasNextPage && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show older balances
          </Button>
        </div>
      )}
    </Section>
  );
}

function BalanceLine({ balance }: { balance: Balance }) {
  const isSuperseded = balance.superseded_at !== null;
  return (
    <tr className={cx("border-b border-line last:border-b-0", isSuperseded && "text-ink-3")}>
      <td className="px-4 py-2.5 align-top">
        <Day day={balance.as_of_on} />
      </td>
      <td className="px-3 py-2.5 align-top">
        {balance.type_description}
        <span className="block text-xs text-ink-3">
          code {balance.type_code}
          {isSuperseded && ", restated since"}
        </span>
      </td>
      <td className="px-3 py-2.5 align-top max-md:hidden">
        <Link
          to="/imports/$jobId"
          params={{ jobId: balance.import_job_id }}
          className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
        >
          {STATEMENT_KINDS[balance.kind]}
          {balance.line !== null && `, line ${balance.line}`}
        </Link>
      </td>
      <td className="px-4 py-2.5 text-right align-top">
        <Amount minor={balance.amount_minor} currency={balance.currency} />
      </td>
    </tr>
  );
}
