/** A job stops for a person to say how its file is read. Reads nothing. */
import { moveJob } from "../store/jobs.ts";
import { raiseAlert } from "../store/outbox.ts";
import type { StageWork } from "../store/stage.ts";
import type { Tx } from "../store/tenant.ts";

/** In the transaction that keeps the questions. */
export async function askPerson(tx: Tx, { tenantId, jobId }: StageWork): Promise<void> {
  await moveJob(tx, { tenantId, jobId, to: "needs_mapping", from: ["parsing"] });
  await raiseAlert(tx, tenantId, { event: "job_needs_reading", jobId });
}
