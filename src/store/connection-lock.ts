/** The lock on a connection's row. Whoever changes a connection and one of its jobs takes this one first: in any order they would wait for each other. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { type ConnectionId, idSchema, type JobId } from "../domain/ids.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** Held until the transaction ends. Not `for update`: rows that refer to the connection, a webhook's or a page's, hold its key and are not to be waited for. */
export async function lockConnection(tx: Tx, id: ConnectionId): Promise<void> {
  await tx.execute(sql`select 1 from connections where id = ${id} for no key update`);
}

/** The connection that a run's job fetches from, locked; null where there is no such run. */
export async function lockConnectionOf(tx: Tx, jobId: JobId): Promise<ConnectionId | null> {
  const query = sql`select id from connections where id = (select connection_id from sync_runs where job_id = ${jobId}) for no key update`;
  const [row] = await rowsOf(tx, query, z.object({ id: idSchema<ConnectionId>() }));
  return row?.id ?? null;
}
