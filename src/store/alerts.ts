/** Where alerts go: a tenant's notification channels. */
import { eq } from "drizzle-orm";
import { notificationChannels } from "./schema.ts";
import type { Tx } from "./tenant.ts";

/** How many channels the tenant has switched on. */
export async function enabledChannels(tx: Tx): Promise<number> {
  return tx.$count(notificationChannels, eq(notificationChannels.enabled, true));
}
