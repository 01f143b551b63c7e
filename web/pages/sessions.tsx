/** Where a person is signed in, and the way to end it: one's own places, or as an admin a member's. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { sessionQuery, sessionsQuery, useEndSession, usePersonName } from "../api/session.ts";
import type { SessionEntry } from "../api/types.ts";
import { deviceText } from "../lib/device.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Pending, Refused } from "../ui/states.tsx";
import { Ago, Instant } from "../ui/time.tsx";

const route = getRouteApi("/shell/sessions");

export function SessionsPage() {
  const { member } = route.useSearch();
  const session = useQuery(sessionQuery);
  const query = useQuery(sessionsQuery(member));
  const personName = usePersonName();
  const isOwn = member === undefined || member === session.data?.user?.id;
  const title = isOwn ? "Where you are signed in" : `Where ${personName(member) ?? "a member"} is signed in`;
  return (
    <Page title={title} lead={<Lead isOwn={isOwn} />}>
      <Sheet>
        <Pending query={query}>
          <BoneRows rows={2} className="h-16" />
        </Pending>
        {query.data?.data.length === 0 && <Empty title="Nowhere">There is no session that still lives.</Empty>}
        <ul>
          {query.data?.data.map((entry) => (
            <SessionLine key={entry.id} entry={entry} />
          ))}
        </ul>
      </Sheet>
    </Page>
  );
}

function Lead({ isOwn }: { isOwn: boolean }) {
  if (isOwn) return "A session ends by itself after twelve hours. End one that you do not know, and tell an admin.";
  return (
    <>
      An ended session cannot be used again; its person may sign in anew. To keep them out,{" "}
      <Link to="/members" className="text-accent underline-offset-2 hover:underline">
        remove them
      </Link>
      .
    </>
  );
}

function SessionLine({ entry }: { entry: SessionEntry }) {
  const end = useEndSession();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium" title={entry.user_agent ?? undefined}>
            {deviceText(entry.user_agent)}
          </span>
          {entry.is_current && <Badge tone="good">This one</Badge>}
        </p>
        <p className="text-sm text-ink-3">
          {entry.ip_address === null ? "" : `${entry.ip_address}, `}
          {entry.method === "local" ? "local sign-in, " : ""}
          since <Instant at={entry.created_at} />
        </p>
        <Refused error={end.error} />
      </div>
      <span className="text-sm text-ink-2">
        Used <Ago at={entry.last_seen_at} />
      </span>
      <Button size="small" look="danger" isBusy={end.isPending} onClick={() => end.mutate(entry.id)}>
        {entry.is_current ? "End and sign out" : "End"}
      </Button>
    </li>
  );
}
