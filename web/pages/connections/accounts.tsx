/** The provider's accounts beside yours. They are mapped on the page of mappings, by a person; nothing is mapped by itself. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { mappingsQuery } from "../../api/books.ts";
import { rowsOf } from "../../api/query.ts";
import { useMay } from "../../api/session.ts";
import type { Connection, Mapping, ProviderAccount } from "../../api/types.ts";
import { plural } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { buttonClass } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { BoneRows, Empty, Note, Pending } from "../../ui/states.tsx";
import { OpenPlaidButton } from "./open-plaid.tsx";
import { ProviderAccountName } from "./test-result.tsx";

export function AccountsTab({ connection }: { connection: Connection }) {
  const query = useInfiniteQuery(mappingsQuery({ connection_id: connection.id }));
  const mayMap = useMay("mappings:write");
  const mayChange = useMay("connections:write");
  const mappings = rowsOf(query.data);
  const { provider_accounts: accounts, unmapped } = connection;
  return (
    <>
      {unmapped > 0 && (
        <Note
          tone="warn"
          action={
            mayMap ? (
              <Link to="/mappings" search={{ connection: connection.id }} className={buttonClass("primary")}>
                Map the {plural(unmapped, "account")}
              </Link>
            ) : undefined
          }
        >
          {unmapped} {plural(unmapped, "account is", "accounts are")} not mapped to yours yet. What comes for {plural(unmapped, "it", "them")} waits.
        </Note>
      )}
      <Section
        title="Accounts there, and yours"
        aside={connection.connection_type === "plaid" && mayChange ? <OpenPlaidButton connection={connection} mode="accounts" /> : undefined}
      >
        <Pending query={query}>
          <BoneRows rows={3} className="h-14" />
        </Pending>
        {query.data !== undefined && accounts.length === 0 && (
          <Empty title="No account is known yet">They are named when the connection has been tested, and can be mapped after its first run.</Empty>
        )}
        {query.data !== undefined && (
          <ul>
            {accounts.map((account) => (
              <AccountLine key={account.id} connection={connection} account={account} mapping={mappingOf(account, mappings)} />
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

/** The wire shows external ids masked: name and last digits say which mapping is whose. Two that look alike are not guessed at. */
function mappingOf({ id, name, last_four: lastFour }: ProviderAccount, mappings: readonly Mapping[]): Mapping | null {
  const exact = mappings.find((mapping) => mapping.external_account_id === id);
  if (exact !== undefined) return exact;
  const alike = mappings.filter((mapping) => mapping.external_account_name === name && (mapping.last_four ?? "") === (lastFour ?? ""));
  return alike.length === 1 ? (alike[0] ?? null) : null;
}

interface LineProps {
  connection: Connection;
  account: ProviderAccount;
  mapping: Mapping | null;
}

function AccountLine({ connection, account, mapping }: LineProps) {
  const mayMap = useMay("mappings:write");
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex min-w-0 flex-1 basis-64 flex-wrap items-baseline gap-x-3">
        <ProviderAccountName account={account} />
      </div>
      <div className="flex flex-wrap items-center gap-3">
        {mapping?.account_id == null ? (
          <Badge tone={mapping === null ? "neutral" : "warn"}>{mapping === null ? "Nothing came for it yet" : "Not mapped"}</Badge>
        ) : (
          <>
            <Link
              to="/accounts/$accountId"
              params={{ accountId: mapping.account_id }}
              className="underline decoration-line-strong underline-offset-2 hover:decoration-ink"
            >
              {mapping.account_name}
            </Link>
            <Badge tone={mapping.verified ? "good" : "neutral"}>{mapping.verified ? "Confirmed" : "Not confirmed"}</Badge>
          </>
        )}
        {mapping !== null && mayMap && (
          <Link
            to="/mappings"
            search={{ connection: connection.id, ...(mapping.account_id === null ? {} : { show: "all" as const }) }}
            className="text-sm font-medium text-accent underline-offset-2 hover:underline"
          >
            {mapping.account_id === null ? "Map it" : "Change"}
            <span className="sr-only"> {account.name}</span>
          </Link>
        )}
      </div>
    </li>
  );
}
