/** Is the database there? One question, no tenant. */
import { sql } from "drizzle-orm";
import { acrossTenants, type DatabaseEnv } from "./tenant.ts";

export async function databaseAnswers(env: DatabaseEnv): Promise<boolean> {
  try {
    await acrossTenants(env, (tx) => tx.execute(sql`select 1`));
    return true;
  } catch {
    // The answer to the question, not a fault: health says so with 503.
    return false;
  }
}
