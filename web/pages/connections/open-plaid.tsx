/** The way to Plaid's page for a connection that is there: to sign in again, or to choose the accounts anew. Accounts and history are kept. */
import type { LinkMode } from "../../api/connection-setup.ts";
import type { Connection } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Refused } from "../../ui/states.tsx";
import { useOpenPlaid } from "./plaid-link.ts";

interface Props {
  connection: Connection;
  mode: Exclude<LinkMode, "new">;
  look?: "primary" | "secondary";
}

export function OpenPlaidButton({ connection, mode, look = "secondary" }: Props) {
  const open = useOpenPlaid();
  // What is gone cannot be signed in to again: another login takes its place, and accounts and history stay.
  const asked: LinkMode = connection.failure?.kind === "gone" ? "new" : mode;
  return (
    <div className="flex flex-col items-start gap-2">
      <Button
        look={look}
        isBusy={open.isPending || open.isSuccess}
        onClick={() => open.mutate({ request: { connection_id: connection.id, mode: asked }, after: {} })}
      >
        {WORDS[asked]}
      </Button>
      <Refused error={open.error} />
    </div>
  );
}

const WORDS = {
  update: "Sign in again at Plaid",
  accounts: "Choose accounts at Plaid",
  new: "Connect the bank anew at Plaid",
} as const satisfies Record<LinkMode, string>;
