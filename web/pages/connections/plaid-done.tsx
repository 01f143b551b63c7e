/** Where Plaid's page sends a person back: the sign-in becomes a connection, or it is said why it did not. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { ApiProblem } from "../../api/client.ts";
import { exchangeLink } from "../../api/connection-setup.ts";
import { CONNECTIONS_KEY } from "../../api/runs.ts";
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
  const { request, ...exchange } = link;
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
  const isNew = request.connection_id === undefined;
  useEffect(() => {
    const [first, second] = made ?? [];
    if (first === undefined) return;
    forgetLink();
    void client.invalidateQueries({ queryKey: CONNECTIONS_KEY });
    if (second !== undefined) void navigate({ to: "/connections", replace: true });
    else {
      const search = isNew ? ({ tab: "accounts" } as const) : {};
      void navigate({ to: "/connections/$connectionId", params: { connectionId: first.id }, search, replace: true });
    }
  }, [made, isNew, client, navigate]);
  if (query.error !== null) return <NotConnected link={link} error={query.error} isBusy={query.isFetching} retry={() => void query.refetch()} />;
  if (made?.length === 0) return <NotFinished link={link} />;
  return (
    <p role="status" className="flex items-center gap-3 px-4 py-10 sm:px-6">
      <Spinner /> Connecting what you signed in to…
    </p>
  );
}

function NotFinished({ link }: { link: KeptLink }) {
  return (
    <Empty title="The sign-in was not finished" action={<OpenAgain link={link} />}>
      Nothing was connected, and nothing has changed. What you had chosen here is kept until you close this page.
    </Empty>
  );
}

interface NotConnectedProps {
  link: KeptLink;
  error: Error;
  isBusy: boolean;
  retry: () => void;
}

/** Not reached: the same once more. Refused: only another sign-in helps. */
function NotConnected({ link, error, isBusy, retry }: NotConnectedProps) {
  const isRefused = error instanceof ApiProblem && error.status >= 400 && error.status < 500;
  return (
    <Empty
      title="This could not be connected"
      action={
        <div className="flex flex-col gap-3">
          <Refused error={error} />
          {isRefused ? (
            <OpenAgain link={link} />
          ) : (
            <div className="flex flex-wrap gap-2">
              <Button look="primary" isBusy={isBusy} onClick={retry}>
                Try again
              </Button>
              <LeaveIt link={link} />
            </div>
          )}
        </div>
      }
    >
      {isRefused ? "You came back from your bank, but no connection came of it." : "You signed in at your bank. Nothing of that is lost: try again."}
    </Empty>
  );
}

function OpenAgain({ link }: { link: KeptLink }) {
  const { request, link_token: _used, connection_id: _known, ...after } = link;
  const open = useOpenPlaid();
  return (
    <div className="flex flex-col gap-3">
      <Refused error={open.error} />
      <div className="flex flex-wrap gap-2">
        <Button look="primary" isBusy={open.isPending || open.isSuccess} onClick={() => open.mutate({ request, after })}>
          Open Plaid again
        </Button>
        <LeaveIt link={link} />
      </div>
    </div>
  );
}

function LeaveIt({ link: { request } }: { link: KeptLink }) {
  if (request.connection_id === undefined) {
    return (
      <Link to="/connections" className={buttonClass("quiet")} onClick={forgetLink}>
        Leave it
      </Link>
    );
  }
  return (
    <Link
      to="/connections/$connectionId"
      params={{ connectionId: request.connection_id }}
      search={{}}
      className={buttonClass("quiet")}
      onClick={forgetLink}
    >
      Leave it
    </Link>
  );
}
