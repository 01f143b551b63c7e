/** Reading for people: a query's rows as JSON that Postgres itself writes (instants in ISO 8601), to be checked by the wire's schemas. Money must be cast to text. */
import { type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import { rowsOf, type Tx } from "../tenant.ts";

const jsonRow = z.object({ row: z.unknown() });

/** The rows of `select …` as JSON values. */
export async function jsonRows(tx: Tx, query: SQL): Promise<unknown[]> {
  const rows = await rowsOf(tx, sql`select to_jsonb(x) as row from (${query}) x`, jsonRow);
  return rows.map(({ row }) => row);
}

/** `and`-joined conditions; `true` where there are none. */
export function every(conditions: SQL[]): SQL {
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}
