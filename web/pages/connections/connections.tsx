/** Where the books' news comes from: each connection's state in words, how fresh it is, and what to do about it. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { connectionsQuery } from "../../api/connections.ts";
import { rowsOf } from "../../api/query.ts";
import { useMay } from "../../api/session.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Page, Sheet } from "../../ui/page.tsx";
import { Bone, Empty, Pending } from "../../ui/states.tsx";
import { ConnectionCard } from "./card.tsx";

export function ConnectionsPage() {
  const query = useInfiniteQuery(connectionsQuery);
  const mayCreate = useMay("connections:write");
  const connections = rowsOf(query.data);
  const create = mayCreate ? (
    <Link to="/connections/new" search={{}} className={buttonClass("primary")}>
      New connection
    </Link>
  ) : undefined;
  return (
    <Page title="Connections" lead="One for each bank or system: some fetch by themselves, some receive the files that you send." actions={create}>
      <Pending query={query}>
        <CardBones />
      </Pending>
      {query.data !== undefined && connections.length === 0 && (
        <Sheet>
          <Empty title="No connections yet" action={create}>
            {mayCreate
              ? "Make one for each bank, so that its data keeps together and the same file is noticed."
              : "Owners and admins of your organisation can make one."}
          </Empty>
        </Sheet>
      )}
      <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
        {connections.map((connection) => (
          <ConnectionCard key={connection.id} connection={connection} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button className="self-start" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function CardBones() {
  return (
    <div role="status" aria-label="Loading" className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {["a", "b", "c", "d", "e", "f"].map((key) => (
        <Bone key={key} className="h-64 rounded-lg" />
      ))}
    </div>
  );
}
