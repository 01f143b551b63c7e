/** What travels on the road: ids only. Parsed at the queue's door. */
import * as z from "zod";
import { idSchema, type JobId, type OutboxId, type TenantId } from "./ids.ts";

const jobMessage = <T extends string>(type: T) =>
  z.object({ type: z.literal(type), tenant_id: idSchema<TenantId>(), job_id: idSchema<JobId>(), outbox_id: idSchema<OutboxId>().optional() });

export const messageSchema = z.discriminatedUnion("type", [
  jobMessage("sync.due"),
  jobMessage("job.deposited"),
  jobMessage("job.parsed"),
  jobMessage("job.approved"),
  jobMessage("job.undo"),
  z.object({ type: z.literal("alert.raised"), tenant_id: idSchema<TenantId>(), outbox_id: idSchema<OutboxId>() }),
]);

export type Message = z.infer<typeof messageSchema>;
export type MessageType = Message["type"];
export type JobMessageType = Exclude<MessageType, "alert.raised">;
