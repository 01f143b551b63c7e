/** "Sync now": it says at once that it fetches, and two clicks are one run. What the role or the state forbids is not offered. */
import { RefreshCw } from "lucide-react";
import type { useSyncNow } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";

interface Props {
  connection: Connection;
  sync: ReturnType<typeof useSyncNow>;
  size?: "small" | "normal";
  look?: "primary" | "secondary";
}

export function SyncButton({ connection, sync, size = "normal", look = "secondary" }: Props) {
  const needsPerson = connection.state.code === "needs_person";
  return (
    <Button
      size={size}
      look={look}
      isBusy={sync.isFetching}
      icon={<RefreshCw aria-hidden className="size-3.5" />}
      onClick={sync.syncNow}
      className="min-w-28"
    >
      {sync.isFetching ? "Fetching…" : needsPerson ? "Try again" : "Sync now"}
      <span className="sr-only"> {connection.name}</span>
    </Button>
  );
}

/** True where the person may start a run and there is something to run. */
export function useMaySync({ fetches, status }: Connection): boolean {
  const may = useMay("connections:sync");
  return may && fetches && status !== "inactive" && status !== "pending_setup";
}
