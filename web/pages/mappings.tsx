/** The bank's accounts and yours: the unmapped first, each with a suggestion that a person confirms. Nothing is ever mapped by itself. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { accountsQuery, mappingsQuery, useMapAccount } from "../api/books.ts";
import { rowsOf } from "../api/query.ts";
import { useMay } from "../api/session.ts";
import type { Account, Mapping } from "../api/types.ts";
import { groupCount } from "../lib/money.ts";
import { plural } from "../lib/words.ts";
import { AccountOptions } from "../ui/account-options.tsx";
import { Badge, Count } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/cx.ts";
import { SelectField } from "../ui/field.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Pending, Refused } from "../ui/states.tsx";
import { Tab, TabList } from "../ui/tabs.tsx";
import { NewAccountDialog } from "./new-account.tsx";

const route = getRouteApi("/shell/mappings");

export function MappingsPage() {
  const { show, connection } = route.useSearch();
  const unmapped = useInfiniteQuery(mappingsQuery({ status: "unmapped", connection_id: connection }));
  const all = useInfiniteQuery({ ...mappingsQuery({ connection_id: connection }), enabled: show === "all" });
  const shown = show === "all" ? all : unmapped;
  const keep = connection === undefined ? {} : { connection };
  return (
    <Page title="Mappings" lead="Each account number in a bank's files belongs to one of your accounts. You say which, once; it is remembered.">
      <Sheet>
        <div className="flex flex-wrap items-center justify-between gap-x-4 border-b border-line px-1">
          <TabList label="Mappings">
            <Tab to="/mappings" search={keep} isChosen={show !== "all"}>
              To map <Count tone={rowsOf(unmapped.data).length > 0 ? "warn" : "neutral"}>{rowsOf(unmapped.data).length}</Count>
            </Tab>
            <Tab to="/mappings" search={{ ...keep, show: "all" }} isChosen={show === "all"}>
              All
            </Tab>
          </TabList>
          {connection !== undefined && (
            <Link
              to="/mappings"
              search={show === "all" ? { show } : {}}
              className="px-3 py-2 text-sm font-medium text-accent underline-offset-2 hover:underline"
            >
              Show every connection
            </Link>
          )}
        </div>
        <Pending query={shown}>
          <BoneRows rows={4} className="h-24" />
        </Pending>
        {shown.data !== undefined && <MappingList mappings={rowsOf(shown.data)} isAll={show === "all"} />}
      </Sheet>
      {shown.hasNextPage && (
        <Button className="self-start" isBusy={shown.isFetchingNextPage} onClick={() => void shown.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function MappingList({ mappings, isAll }: { mappings: readonly Mapping[]; isAll: boolean }) {
  const accounts = rowsOf(useInfiniteQuery(accountsQuery).data);
  const mayMap = useMay("mappings:write");
  if (mappings.length === 0) {
    return isAll ? (
      <Empty title="No bank accounts yet">They show here as soon as a file names one.</Empty>
    ) : (
      <Empty title="Everything is mapped">When a file brings an account that nobody has seen before, it waits here for you.</Empty>
    );
  }
  return (
    <ul>
      {mappings.map((mapping) => (
        <MappingLine key={mapping.id} mapping={mapping} accounts={accounts} mayMap={mayMap} />
      ))}
    </ul>
  );
}

function MappingLine({ mapping, accounts, mayMap }: { mapping: Mapping; accounts: readonly Account[]; mayMap: boolean }) {
  return (
    <li className="grid gap-x-6 gap-y-3 border-b border-line px-4 py-4 last:border-b-0 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)] lg:items-start">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className={cx("font-medium break-all", namesAccount(mapping) && "font-mono")}>
            {namesAccount(mapping) ? numberOf(mapping) : `The account of ${mapping.external_account_name ?? "files that name none"}`}
          </span>
          {mapping.currency !== null && <span className="text-sm text-ink-3">{mapping.currency}</span>}
          {mapping.account_id === null ? (
            <Badge tone="warn">Not mapped</Badge>
          ) : (
            <Badge tone={mapping.verified ? "good" : "neutral"}>{mapping.verified ? "Confirmed" : "Not confirmed"}</Badge>
          )}
        </p>
        <p className="mt-1 text-sm break-words text-ink-3">
          {namesAccount(mapping) && mapping.external_account_name !== null && `${mapping.external_account_name}, `}
          from {mapping.connection_name}
        </p>
        {mapping.waiting_rows > 0 && (
          <p className="mt-1 text-sm text-ink-2 tabular-nums">
            {groupCount(mapping.waiting_rows)} {plural(mapping.waiting_rows, "row")} in {groupCount(mapping.waiting_jobs)}{" "}
            {plural(mapping.waiting_jobs, "import")} {plural(mapping.waiting_rows, "waits", "wait")} for it.
          </p>
        )}
      </div>
      {mayMap ? (
        <MappingChoice mapping={mapping} accounts={accounts} />
      ) : (
        <p className="text-sm text-ink-2">{mapping.account_name ?? "Waits for a member of your organisation."}</p>
      )}
    </li>
  );
}

/** A file without an account in it is mapped as a whole: its mapping has the file's name, and no digits. */
function namesAccount({ last_four: lastFour }: Mapping): boolean {
  return lastFour !== "";
}

function numberOf({ last_four: lastFour, external_account_id: number }: Mapping): string {
  return lastFour === null ? number : `•••• ${lastFour}`;
}

function MappingChoice({ mapping, accounts }: { mapping: Mapping; accounts: readonly Account[] }) {
  const suggested = mapping.suggested_account_id;
  const [chosen, setChosen] = useState<string | null>(null);
  const [isCreating, setCreating] = useState(false);
  const map = useMapAccount();
  const accountId = chosen ?? mapping.account_id ?? suggested ?? "";
  const isSettled = mapping.account_id === accountId && mapping.verified;
  const fitting = accounts.filter((account) => mapping.currency === null || account.currency === mapping.currency);
  const others = accounts.filter((account) => !fitting.includes(account));
  const confirm = (id: string) => map.mutate({ mappingId: mapping.id, accountId: id }, { onSuccess: () => setChosen(null) });
  return (
    <div className="flex flex-col gap-2">
      <div className="flex gap-2">
        <SelectField
          label={`Your account for ${namesAccount(mapping) ? (mapping.last_four ?? mapping.external_account_id) : mapping.external_account_name}`}
          isLabelHidden
          className="flex-1"
          value={accountId}
          onChange={(event) => (event.target.value === NEW_ACCOUNT ? setCreating(true) : setChosen(event.target.value))}
        >
          <option value="" disabled>
            Choose your account
          </option>
          <AccountOptions accounts={fitting} />
          {others.length > 0 && (
            <optgroup label="Other currencies">
              <AccountOptions accounts={others} />
            </optgroup>
          )}
          <option value={NEW_ACCOUNT}>Create a new account…</option>
        </SelectField>
        <Button
          look={isSettled ? "secondary" : "primary"}
          disabled={accountId === "" || isSettled}
          isBusy={map.isPending}
          onClick={() => confirm(accountId)}
        >
          {isSettled ? "Confirmed" : "Confirm"}
        </Button>
      </div>
      {mapping.account_id === null && suggested !== null && chosen === null && (
        <p className="text-sm text-ink-3">Suggested, because the last four digits and the currency agree. Check it before you confirm.</p>
      )}
      {mapping.booked_rows && <p className="text-sm text-ink-3">Rows of this account are in the books, so it cannot be given to another account.</p>}
      <Refused error={map.error} />
      {isCreating && (
        <NewAccountDialog
          start={{ name: namesAccount(mapping) ? (mapping.external_account_name ?? "") : "", currency: mapping.currency ?? "USD" }}
          onClose={() => setCreating(false)}
          onCreated={(account) => {
            setChosen(account.id);
            confirm(account.id);
          }}
        />
      )}
    </div>
  );
}

const NEW_ACCOUNT = "new";
