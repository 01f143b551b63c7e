/** A new connection: what kind it is, and then the form of that kind. The kind stands in the URL; nothing that is typed in does. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { connectionTypesQuery } from "../../api/connection-setup.ts";
import { useMay } from "../../api/session.ts";
import type { ConnectionType } from "../../api/types.ts";
import { Badge } from "../../ui/badge.tsx";
import { Page, Sheet } from "../../ui/page.tsx";
import { Bone, Empty, Pending } from "../../ui/states.tsx";
import { FetchingSetUp } from "./set-up-fetching.tsx";
import { FilesSetUp } from "./set-up-files.tsx";
import { PlaidSetUp } from "./set-up-plaid.tsx";

const route = getRouteApi("/shell/connections/new");

export function NewConnectionPage() {
  const { type: chosen } = route.useSearch();
  const mayCreate = useMay("connections:write");
  const query = useQuery(connectionTypesQuery);
  const type = query.data?.data.find((one) => one.connection_type === chosen && one.available);
  if (!mayCreate) {
    return (
      <Page title="New connection" heading={<Heading title="New connection" />}>
        <Sheet>
          <Empty title="Your role does not include this">An owner or admin of your organisation can make a connection, or give you the role.</Empty>
        </Sheet>
      </Page>
    );
  }
  if (type === undefined) {
    return (
      <Page title="New connection" heading={<Heading title="New connection" />} lead="What do you want to connect?">
        <Pending query={query}>
          <TypeBones />
        </Pending>
        <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {query.data?.data.map((one) => (
            <TypeCard key={one.connection_type} type={one} />
          ))}
        </ul>
      </Page>
    );
  }
  return (
    <Page title={`New connection: ${type.title}`} heading={<Heading title={`Connect ${type.title}`} isChosen />} lead={type.description}>
      <div className="max-w-3xl">
        <SetUp key={type.connection_type} type={type} />
      </div>
    </Page>
  );
}

function SetUp({ type }: { type: ConnectionType }) {
  if (type.set_up === "plaid_link") return <PlaidSetUp type={type} />;
  return type.fetches ? <FetchingSetUp type={type} /> : <FilesSetUp type={type} />;
}

function Heading({ title, isChosen = false }: { title: string; isChosen?: boolean }) {
  return (
    <>
      <nav aria-label="Way back" className="mb-1 flex gap-2 text-sm text-ink-3">
        <Link to="/connections" className="hover:text-ink hover:underline">
          Connections
        </Link>
        {isChosen && (
          <>
            <span aria-hidden>/</span>
            <Link to="/connections/new" search={{}} className="hover:text-ink hover:underline">
              Another kind
            </Link>
          </>
        )}
      </nav>
      <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>
    </>
  );
}

function TypeCard({ type }: { type: ConnectionType }) {
  const words: ReactNode = (
    <>
      <span className="flex items-start justify-between gap-3">
        <span className="font-semibold break-words">{type.title}</span>
        <Badge tone="neutral">{type.available ? (type.fetches ? "Fetches by itself" : "Receives files") : "Not available"}</Badge>
      </span>
      <span className="text-sm text-ink-2">{type.description}</span>
    </>
  );
  if (!type.available) {
    return (
      <li className="flex flex-col gap-2 rounded-lg border border-line bg-sunken px-4 py-4">
        {words}
        <span className="text-sm text-ink-2">{type.unavailable_because ?? "This installation is not set up for it."}</span>
      </li>
    );
  }
  return (
    <li>
      <Link
        to="/connections/new"
        search={{ type: type.connection_type }}
        className="flex h-full flex-col gap-2 rounded-lg border border-line bg-surface px-4 py-4 hover:border-accent"
      >
        {words}
      </Link>
    </li>
  );
}

function TypeBones() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {["a", "b", "c", "d", "e", "f"].map((key) => (
        <Bone key={key} className="h-24 rounded-lg" />
      ))}
    </div>
  );
}
