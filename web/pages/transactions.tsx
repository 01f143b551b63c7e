/** The books: searched and filtered by the URL, drawn as far as they are seen, each transaction with its whole origin beside it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { accountsQuery, transactionsQuery } from "../api/books.ts";
import { withQuery } from "../api/client.ts";
import { rowsOf } from "../api/query.ts";
import type { Transaction } from "../api/types.ts";
import { useSettled } from "../lib/hooks.ts";
import type { TransactionSearch } from "../router.tsx";
import { Button, buttonClass } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Movement } from "../ui/money.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Pending } from "../ui/states.tsx";
import { Day } from "../ui/time.tsx";
import { columnsOf, VirtualTable } from "../ui/virtual-table.tsx";
import { TransactionDetailView } from "./transaction.tsx";
import { TransactionState } from "./transaction-state.tsx";

const route = getRouteApi("/shell/transactions");

export function TransactionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = { q: search.q, account_id: search.account, from: search.from, to: search.to, job_id: search.job };
  const query = useInfiniteQuery(transactionsQuery(filter));
  const { fetchNextPage } = query;
  const fetchMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const open = useCallback(
    (id: string | null) => void navigate({ search: (before) => withId(before, id), replace: true, resetScroll: false }),
    [navigate],
  );
  const rows = rowsOf(query.data);
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <Page
      title="Transactions"
      lead="Everything in the books, with where each line came from."
      actions={
        <a href={withQuery("/api/transactions.csv", filter)} download className={buttonClass("secondary")}>
          Export {isFiltered ? "these" : "all"} as CSV
        </a>
      }
    >
      <Filters />
      <Sheet>
        <Pending query={query}>
          <BoneRows rows={12} className="h-[2.5625rem]" />
        </Pending>
        {query.data !== undefined && rows.length === 0 && <NoTransactions isFiltered={isFiltered} />}
        {rows.length > 0 && (
          <VirtualTable
            label="Transactions"
            className={cx("h-[calc(100dvh-19rem)] min-h-[26rem]", query.isPlaceholderData && "opacity-60")}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            template="7.5rem minmax(0,2fr) minmax(0,1fr) 7.5rem 11.5rem"
            figures={["amount"]}
            renderNarrow={(row) => <NarrowTransaction transaction={row} />}
            selectedId={search.id ?? null}
            onSelect={open}
            hasMore={query.hasNextPage}
            isFetchingMore={query.isFetchingNextPage}
            fetchMore={fetchMore}
          />
        )}
      </Sheet>
      <Dialog isOpen={search.id !== undefined} onClose={() => open(null)} title="Transaction" place="side">
        {search.id !== undefined && <TransactionDetailView key={search.id} transactionId={search.id} />}
      </Dialog>
    </Page>
  );
}

function Filters() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const accounts = rowsOf(useInfiniteQuery(accountsQuery).data);
  const [text, setText] = useState(search.q ?? "");
  const settled = useSettled(text.trim());
  const set = useCallback(
    (name: "q" | "account" | "from" | "to", value: string) =>
      void navigate({ search: (before) => withValue(before, name, value), replace: true, resetScroll: false }),
    [navigate],
  );
  useEffect(() => set("q", settled), [settled, set]);
  return (
    <search className="grid grid-cols-2 gap-3 lg:grid-cols-[minmax(0,1fr)_16rem_10.5rem_10.5rem]">
      <TextField
        label="Search"
        type="search"
        className="max-sm:col-span-2"
        placeholder="Text, reference or amount"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <SelectField
        label="Account"
        className="max-sm:col-span-2"
        value={search.account ?? ""}
        onChange={(event) => set("account", event.target.value)}
      >
        <option value="">All accounts</option>
        {search.account !== undefined && !accounts.some(({ id }) => id === search.account) && (
          <option value={search.account}>The chosen account</option>
        )}
        {accounts.map((account) => (
          <option key={account.id} value={account.id}>
            {account.name} ({account.currency})
          </option>
        ))}
      </SelectField>
      <TextField label="From" type="date" value={search.from ?? ""} onChange={(event) => set("from", event.target.value)} />
      <TextField label="To" type="date" value={search.to ?? ""} onChange={(event) => set("to", event.target.value)} />
      {search.job !== undefined && (
        <p className="flex flex-wrap items-center gap-2 text-sm text-ink-2 sm:col-span-full">
          Only what one import brought.
          <Link to="/imports/$jobId" params={{ jobId: search.job }} className="font-medium text-accent underline-offset-2 hover:underline">
            Open that import
          </Link>
          <Button size="small" look="quiet" onClick={() => void navigate({ search: ({ job: _, ...rest }) => rest })}>
            Show all
          </Button>
        </p>
      )}
    </search>
  );
}

function NoTransactions({ isFiltered }: { isFiltered: boolean }) {
  if (!isFiltered) return <Empty title="The books are empty">Import a bank file and approve it; its movements show here.</Empty>;
  return (
    <Empty
      title="Nothing matches"
      action={
        <Link to="/transactions" search={{}} className={buttonClass()} reloadDocument>
          Clear the filters
        </Link>
      }
    >
      No transaction in the books fits this search, account and these days.
    </Empty>
  );
}

const column = columnsOf<Transaction>();
const columns = column.columns([
  column.display({ id: "posted", header: "Posted", cell: ({ row }) => <Day day={row.original.posted_on} /> }),
  column.display({ id: "text", header: "Description", cell: ({ row }) => <Description transaction={row.original} /> }),
  column.display({ id: "account", header: "Account", cell: ({ row }) => <span className="text-ink-2">{row.original.account_name}</span> }),
  column.display({ id: "state", header: "State", cell: ({ row }) => <TransactionState transaction={row.original} /> }),
  column.display({
    id: "amount",
    header: "Amount",
    cell: ({ row }) => <Movement minor={row.original.amount_minor} currency={row.original.currency} />,
  }),
]);

function Description({ transaction }: { transaction: Transaction }) {
  const text = transaction.description === "" ? transaction.type_description : transaction.description;
  return (
    <span title={text} className={cx(transaction.deleted_at !== null && "line-through")}>
      {text}
      {transaction.category !== null && <span className="ml-2 text-xs text-ink-3">{transaction.category}</span>}
    </span>
  );
}

function NarrowTransaction({ transaction }: { transaction: Transaction }) {
  return (
    <div className="flex flex-col gap-0.5">
      <div className="flex items-baseline justify-between gap-3">
        <span className="min-w-0 truncate">
          <Description transaction={transaction} />
        </span>
        <Movement minor={transaction.amount_minor} currency={transaction.currency} />
      </div>
      <div className="flex min-h-[1.375rem] items-center justify-between gap-3 text-xs text-ink-3">
        <span className="min-w-0 truncate">
          <Day day={transaction.posted_on} /> {transaction.account_name}
        </span>
        <TransactionState transaction={transaction} />
      </div>
    </div>
  );
}

function withId(before: TransactionSearch, id: string | null): TransactionSearch {
  const { id: _, ...rest } = before;
  return id === null ? rest : { ...rest, id };
}

function withValue(before: TransactionSearch, name: "q" | "account" | "from" | "to", value: string): TransactionSearch {
  const { [name]: _, ...rest } = before;
  return value === "" ? rest : { ...rest, [name]: value };
}
