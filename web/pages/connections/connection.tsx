/** One connection: how it stands and what to do about it, its runs, its accounts, its credentials, what its provider rang for. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { connectionQuery, useSyncNow } from "../../api/connections.ts";
import { usePersonName } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { connectionState } from "../../lib/connection-words.ts";
import { CONNECTION_TYPES } from "../../lib/words.ts";
import type { ConnectionTab } from "../../router.tsx";
import { Badge, Count } from "../../ui/badge.tsx";
import { Page, Sheet } from "../../ui/page.tsx";
import { Bone, BoneRows, Failed, Refused } from "../../ui/states.tsx";
import { Tab, TabList } from "../../ui/tabs.tsx";
import { Ago, Instant } from "../../ui/time.tsx";
import { AccountsTab } from "./accounts.tsx";
import { CredentialsTab } from "./credentials.tsx";
import { Overview } from "./overview.tsx";
import { Receiving, UploadInto } from "./receiving.tsx";
import { RunsTab } from "./runs.tsx";
import { SyncButton, useMaySync } from "./sync-button.tsx";
import { WebhooksTab } from "./webhooks.tsx";

const route = getRouteApi("/shell/connections/$connectionId");

export function ConnectionPage() {
  const { connectionId } = route.useParams();
  const connection = useQuery(connectionQuery(connectionId));
  if (connection.data === undefined) {
    if (connection.error !== null) return <Failed error={connection.error} retry={() => void connection.refetch()} />;
    return (
      <Page title="Connection" heading={<Bone className="mt-6 h-7 w-64 max-w-full" />}>
        <Sheet>
          <BoneRows rows={8} className="h-[3.75rem]" />
        </Sheet>
      </Page>
    );
  }
  return connection.data.fetches ? <FetchingPage connection={connection.data} /> : <ReceivingPage connection={connection.data} />;
}

function ReceivingPage({ connection }: { connection: Connection }) {
  return (
    <Page title={connection.name} heading={<ConnectionHeading connection={connection} />} actions={<UploadInto connection={connection} />}>
      <Receiving connection={connection} />
    </Page>
  );
}

function FetchingPage({ connection }: { connection: Connection }) {
  const asked = route.useSearch().tab;
  // An address may name a tab that there is not: the router hands it on all the same.
  const tab = TABS.find((each) => each.tab === asked && each.has(connection))?.tab;
  const sync = useSyncNow(connection);
  const maySync = useMaySync(connection);
  const heading = <ConnectionHeading connection={connection} isFetching={sync.isFetching} />;
  // One thing is asked for at a time: where a person is needed first, that is the button that stands out.
  const look = connection.state.next_step === "sync" || connection.state.next_step === "none" ? "primary" : "secondary";
  return (
    <Page title={connection.name} heading={heading} actions={maySync ? <SyncButton connection={connection} sync={sync} look={look} /> : undefined}>
      <Refused error={sync.error} />
      <div className="border-b border-line">
        <TabList label="Of this connection">
          {TABS.filter(({ has }) => has(connection)).map(({ tab: name, words }) => (
            <Tab
              key={words}
              to="/connections/$connectionId"
              params={{ connectionId: connection.id }}
              search={name === undefined ? {} : { tab: name }}
              isChosen={tab === name}
            >
              {words}
              {name === "accounts" && connection.unmapped > 0 && (
                <Count tone="warn">
                  {connection.unmapped}
                  <span className="sr-only"> to map</span>
                </Count>
              )}
            </Tab>
          ))}
        </TabList>
      </div>
      <Chosen tab={tab} connection={connection} />
    </Page>
  );
}

const TABS: readonly { tab: ConnectionTab | undefined; words: string; has: (connection: Connection) => boolean }[] = [
  { tab: undefined, words: "Overview", has: () => true },
  { tab: "runs", words: "Runs", has: () => true },
  { tab: "accounts", words: "Accounts", has: () => true },
  { tab: "credentials", words: "Credentials", has: () => true },
  { tab: "webhooks", words: "Webhooks", has: ({ connection_type: type }) => type === "plaid" || type === "stripe" },
];

function Chosen({ tab, connection }: { tab: ConnectionTab | undefined; connection: Connection }) {
  switch (tab) {
    case "runs":
      return <RunsTab connection={connection} />;
    case "accounts":
      return <AccountsTab connection={connection} />;
    case "credentials":
      return <CredentialsTab connection={connection} />;
    case "webhooks":
      return <WebhooksTab connection={connection} />;
    case undefined:
      return <Overview connection={connection} />;
  }
}

function ConnectionHeading({ connection, isFetching = false }: { connection: Connection; isFetching?: boolean }) {
  const state = isFetching ? ({ text: "Fetching", tone: "busy" } as const) : connectionState(connection);
  const personName = usePersonName();
  const by = personName(connection.created_by);
  return (
    <>
      <nav aria-label="Way back" className="mb-1 text-sm text-ink-3">
        <Link to="/connections" className="hover:text-ink hover:underline">
          Connections
        </Link>
      </nav>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <h1 className="text-xl font-semibold tracking-tight break-words">{connection.name}</h1>
        <Badge tone={state.tone}>{state.text}</Badge>
      </div>
      <p className="mt-1 text-sm text-ink-2">
        {CONNECTION_TYPES[connection.connection_type]}, made <Instant at={connection.created_at} />
        {by !== null && ` by ${by}`}. Last success: <Ago at={connection.last_success_at} />.
      </p>
    </>
  );
}
