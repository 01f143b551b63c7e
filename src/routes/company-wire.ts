/** A company's settings over the wire. Types for the dashboard come from here. */
import { z } from "@hono/zod-openapi";
import { RETENTION } from "../domain/retention.ts";

const days = (name: keyof typeof RETENTION, description: string) =>
  z.int().min(RETENTION[name].min).max(RETENTION[name].max).openapi({ description, example: RETENTION[name].default });

export const retentionWire = z
  .strictObject({
    raw_files_days: days("raw_files_days", "Stored files. Their rows and hashes stay; a file of an open job does too."),
    problems_days: days("problems_days", "What was wrong with files, of jobs that are at their end."),
    webhook_events_days: days("webhook_events_days", "The inbox of bells."),
    alerts_days: days("alerts_days", "Messages that were sent and what they told."),
    audit_days: days("audit_days", "The audit log's oldest entries; what is left stays provable."),
  })
  .openapi("Retention");

export const companySettingsWire = z
  .object({
    retention: retentionWire,
    quotas: z.object({
      files_a_day: z.number(),
      bytes_a_day: z.number(),
      files_a_day_max: z.number().openapi({ description: "What those who run the installation allow." }),
      bytes_a_day_max: z.number(),
    }),
  })
  .openapi("CompanySettings");
