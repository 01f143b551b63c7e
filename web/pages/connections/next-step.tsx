/** The most urgent thing about a connection, in a sentence, with the one button that deals with it. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useChangeConnection } from "../../api/connections.ts";
import { useMay } from "../../api/session.ts";
import type { Connection } from "../../api/types.ts";
import { Button, buttonClass } from "../../ui/button.tsx";
import { Note, Refused } from "../../ui/states.tsx";
import { OpenPlaidButton } from "./open-plaid.tsx";

const TONES = {
  pending_setup: "warn",
  needs_person: "bad",
  paused: "note",
  needs_mapping: "warn",
  waits_for_review: "warn",
  running: "note",
  failing: "bad",
  expires_soon: "warn",
  stale: "warn",
  never_synced: "note",
  fresh: "good",
  receiving: "note",
} as const satisfies Record<Connection["state"]["code"], "note" | "warn" | "bad" | "good">;

/** Nothing where all is well: the page says it without a banner. */
export function NextStep({ connection }: { connection: Connection }) {
  const { code, sentence } = connection.state;
  if (code === "fresh" || code === "receiving" || code === "running") return null;
  return (
    <Note tone={TONES[code]} action={<StepButton connection={connection} />}>
      <p className="font-medium">{sentence}</p>
      {connection.failure !== null && <FailureDetails failure={connection.failure} />}
    </Note>
  );
}

function FailureDetails({ failure }: { failure: NonNullable<Connection["failure"]> }) {
  const times = failure.count > 1 ? `${failure.count} runs in a row ended so. ` : "";
  return (
    <p className="mt-1 text-sm text-ink-2">
      {times}
      {failure.needs_person && "It is not tried again by itself before that is done. "}
      What is booked stays. <span className="font-mono text-xs">{failure.code}</span>
    </p>
  );
}

function StepButton({ connection }: { connection: Connection }) {
  const mayChange = useMay("connections:write");
  const mayMap = useMay("mappings:write");
  const mayReview = useMay("jobs:review");
  const step = connection.state.next_step;
  if (step === "map") {
    if (!mayMap) return null;
    return (
      <Link to="/mappings" search={{ connection: connection.id }} className={buttonClass("primary")}>
        Map the accounts
      </Link>
    );
  }
  if (step === "review") {
    if (!mayReview) return null;
    return (
      <Link to="/imports" search={{ connection: connection.id }} className={buttonClass("primary")}>
        Go to its imports
      </Link>
    );
  }
  if (step === "none" || step === "sync") return null;
  if (!mayChange) return <p className="text-sm">Owners and admins can do this.</p>;
  if (step === "resume") return <ResumeButton connection={connection} />;
  return <AccessButton connection={connection} words={step === "set_up" ? "Finish setting it up" : "Give credentials again"} />;
}

function AccessButton({ connection, words }: { connection: Connection; words: string }): ReactNode {
  if (connection.connection_type === "plaid") return <OpenPlaidButton connection={connection} mode="update" look="primary" />;
  return (
    <Link to="/connections/$connectionId" params={{ connectionId: connection.id }} search={{ tab: "credentials" }} className={buttonClass("primary")}>
      {words}
    </Link>
  );
}

function ResumeButton({ connection }: { connection: Connection }) {
  const change = useChangeConnection(connection.id);
  return (
    <div className="flex flex-col gap-2">
      <Button look="primary" isBusy={change.isPending} onClick={() => change.mutate({ status: "active" })}>
        Resume
      </Button>
      <Refused error={change.error} />
    </div>
  );
}
