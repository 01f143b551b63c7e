/** Where Plaid's page sends a person back: the sign-in becomes a connection, or it is said why it did not. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiProblem } from "../../api/client.ts";
import { exchangeLink } from "../../api/connection-setup.ts";
import { CONNECTIONS_KEY } from "../../api/connections.ts";
import { forgetLink, type KeptLink, keptLink } from "../../lib/link-draft.ts";
import { Button, buttonClass, Spinner } from "../../ui/button.tsx";
import { Page, Sheet } from "../../ui/page.tsx";
import { Empty, Refused } from "../../ui/states.tsx";
import { useOpenPlaid } from "./plaid-link.ts";

export function PlaidDonePage() {
  const [link] = useState(keptLink);
  return (
    <Page title="Back from Plaid">
      <Sheet>{link === null ? <NothingToFinish /> : <Exchange link={link} />}</Sheet>
    </Page>
  );
}

function NothingToFinish() {
  return (
    <Empty
      title="There is nothing to finish here"
      action={
        <Link to="/connections" className={buttonClass("secondary")}>
          To the connections
        </Link>
      }
    >
      This page takes you back from Plaid. What you connected before stands among the connections.
    </Empty>
  );
}

/** Asked once a token: whatever the page is drawn for again, the exchange is not made twice. */
function Exchange({ link }: { link: KeptLink }) {
  const { connectionId, ...exchange } = link;
  const navigate = useNavigate();
  const client = useQueryClient();
  const query = useQuery({
    queryKey: ["plaid-exchange", exchange.link_token],
    queryFn: () => exchangeLink(exchange),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const made = query.data?.data;
  useEffect(() => {
    if (made === undefined) return;
    forgetLink();
    void client.invalidateQueries({ queryKey: CONNECTIONS_KEY });
    const [first, second] = made;
    if (first === undefined || second !== undefined) void navigate({ to: "/connections", replace: true });
    else {
      const search = connectionId === null ? ({ tab: "accounts" } as const) : {};
      void navigate({ to: "/connections/$connectionId", params: { connectionId: first.id }, search, replace: true });
    }
  }, [made, connectionId, client, navigate]);
  if (query.error === null) {
    return (
      <p role="status" className="flex items-center gap-3 px-4 py-10 sm:px-6">
        <Spinner /> Connecting what you signed in to…
      </p>
    );
  }
  return <NotConnected link={link} error={query.error} isBusy={query.isFetching} retry={() => void query.refetch()} />;
}

interface NotConnectedProps {
  link: KeptLink;
  error: Error;
  isBusy: boolean;
  retry: () => void;
}

/** Left before the end, or refused: two things with two ways on. */
function NotConnected({ link, error, isBusy, retry }: NotConnectedProps) {
  const { connectionId, link_token: _used, ...after } = link;
  const open = useOpenPlaid();
  const days = after.config?.["lookback_days"];
  const request =
    connectionId === null ? (typeof days === "number" ? { lookback_days: days } : {}) : { connection_id: connectionId, mode: "update" as const };
  const wasLeft = error instanceof ApiProblem && error.status === 409;
  const again = (
    <Button look="primary" isBusy={open.isPending || open.isSuccess} onClick={() => open.mutate({ request, after })}>
      Open Plaid again
    </Button>
  );
  return (
    <Empty
      title={wasLeft ? "The sign-in was not finished" : "This could not be connected"}
      action={
        <div className="flex flex-col gap-3">
          {!wasLeft && <Refused error={error} />}
          <Refused error={open.error} />
          <div className="flex flex-wrap gap-2">
            {wasLeft ? (
              again
            ) : (
              <Button look="primary" isBusy={isBusy} onClick={retry}>
                Try again
              </Button>
            )}
            {connectionId === null ? (
              <Link to="/connections" className={buttonClass("quiet")} onClick={forgetLink}>
                Leave it
              </Link>
            ) : (
              <Link to="/connections/$connectionId" params={{ connectionId }} search={{}} className={buttonClass("quiet")} onClick={forgetLink}>
                Leave it
              </Link>
            )}
          </div>
        </div>
      }
    >
      {wasLeft
        ? `${error.message} What you had chosen here is kept until you close this page.`
        : "You signed in at your bank, but the connection could not be made of it yet. Nothing is lost: try again."}
    </Empty>
  );
}
