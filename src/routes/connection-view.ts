/** A connection's row as its wire: how it stands, in words. Reads; changes nothing. */
import { z } from "@hono/zod-openapi";
import { isFileConnection } from "../domain/connection.ts";
import { FAILURE_KINDS, NEEDS_PERSON } from "../domain/connection-health.ts";
import { stateOf } from "../domain/connection-state.ts";
import type { ConnectionId } from "../domain/ids.ts";
import { notFound } from "../domain/refusal.ts";
import { readConnection, readConnections } from "../store/read/connections.ts";
import type { Tx } from "../store/tenant.ts";
import { asWire } from "./answer.ts";
import { connectionWire } from "./connection-wire.ts";

export type ConnectionView = z.infer<typeof connectionWire>;

export async function viewConnections(tx: Tx): Promise<ConnectionView[]> {
  return (await readConnections(tx)).map(toView);
}

export async function viewConnection(tx: Tx, id: ConnectionId): Promise<ConnectionView> {
  const row = await readConnection(tx, id);
  if (row === null) throw notFound("connection");
  return toView(row);
}

/** What the wire does not carry as it stands in the row. */
const extra = z.looseObject({
  connection_type: connectionWire.shape.connection_type,
  status: z.string(),
  failure_kind: z.enum(FAILURE_KINDS).nullable(),
  failure_code: z.string().nullable(),
  failed_at: z.string().nullable(),
  failures: z.number(),
  last_error: z.string().nullable(),
  expires_in_days: z.number().nullable(),
  unmapped: z.number(),
  freshness: connectionWire.shape.freshness,
  open_run: connectionWire.shape.open_run,
});

function toView(row: unknown): ConnectionView {
  const found = asWire(extra, row);
  const fetches = !isFileConnection(found.connection_type);
  const kind = found.failure_kind;
  const state = stateOf({
    status: found.status,
    fetches,
    failureKind: kind,
    lastError: found.last_error,
    failures: found.failures,
    openStage: found.open_run?.stage ?? null,
    retryAt: found.open_run?.retry_at ?? null,
    unmapped: found.unmapped,
    freshness: found.freshness,
    expiresInDays: found.expires_in_days,
  });
  const failure =
    kind === null
      ? null
      : {
          kind,
          code: found.failure_code ?? kind,
          message: found.last_error ?? "",
          needs_person: NEEDS_PERSON.includes(kind),
          at: found.failed_at,
          count: found.failures,
        };
  return asWire(connectionWire, { ...found, fetches, state, failure, freshness: fetches ? found.freshness : "not_expected" });
}
