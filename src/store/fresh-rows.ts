/** How statements over rows that were just written are planned: by what they are, not by what the planner believes of them. Changes no result. */
import { sql } from "drizzle-orm";
import type { Tx } from "./tenant.ts";

/**
 * Rows written a moment ago have no statistics: the planner takes a hundred thousand for one and chooses a nested loop. Without it, joins
 * are hashed; only LATERAL probes, which have no other way, still walk an index. Without sorting, that is the index which has their order, and not
 * another one that looks as good while the books are thought to be empty. What comes after in the same transaction plans as ever.
 */
export async function withFreshRows<T>(tx: Tx, work: () => PromiseLike<T>): Promise<T> {
  await tx.execute(
    sql`select set_config('enable_nestloop', 'off', true), set_config('enable_sort', 'off', true), set_config('jit', 'off', true), set_config('work_mem', '64MB', true)`,
  );
  const result = await work();
  await tx.execute(sql`select set_config('enable_nestloop', 'on', true), set_config('enable_sort', 'on', true)`);
  return result;
}
