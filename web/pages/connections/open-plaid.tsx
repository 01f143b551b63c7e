/** The way to Plaid's page for a connection that is there: to sign in again, or to choose the accounts anew. Accounts and history are kept. */
import type { Connection } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { Refused } from "../../ui/states.tsx";
import { useOpenPlaid } from "./plaid-link.ts";

interface Props {
  connection: Connection;
  mode: "update" | "accounts";
  look?: "primary" | "secondary";
}

export function OpenPlaidButton({ connection, mode, look = "secondary" }: Props) {
  const open = useOpenPlaid();
  return (
    <div className="flex flex-col items-start gap-2">
      <Button
        look={look}
        isBusy={open.isPending || open.isSuccess}
        onClick={() => open.mutate({ request: { connection_id: connection.id, mode }, after: {} })}
      >
        {mode === "update" ? "Sign in again at Plaid" : "Choose accounts at Plaid"}
      </Button>
      <Refused error={open.error} />
    </div>
  );
}
