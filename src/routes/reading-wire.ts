/** Over the wire: how a file without meaning of its own is read, and the profiles that remember it. */
import { z } from "@hono/zod-openapi";
import { profileSettingsSchema } from "../domain/profile-schema.ts";
import { instant, uuid } from "./wire.ts";

/** Part of a profile, as plain JSON: what is left out is inferred. */
export const settingsWire = profileSettingsSchema;

const confidence = z.enum(["certain", "likely", "ambiguous"]);

const readingPart = {
  profile_id: uuid.nullable(),
  profile_name: z.string().nullable(),
  profile_version: z.number().int().nullable(),
  signature: z.string(),
  inference: z.array(z.object({ column: z.string().nullable(), role: z.string(), reading: z.string(), confidence, evidence: z.string() })),
  questions: z.array(
    z.object({
      code: z.string(),
      columns: z.array(z.string()),
      role: z.string().nullable(),
      message: z.string(),
      member: z.string().nullish().openapi({ description: "Of an archive: the first file in it that leaves this open." }),
      table: z
        .object({ names: z.array(z.string()), rows: z.array(z.object({ row: z.number().int(), cells: z.array(z.string()) })) })
        .optional()
        .openapi({ description: "The first rows, where it is asked what the columns hold; without names a row is one whole line." }),
      choices: z.array(
        z.object({
          reading: z.string(),
          settings: settingsWire,
          sample: z.array(z.object({ row: z.number().int(), value: z.string(), becomes: z.string() })),
        }),
      ),
    }),
  ),
  changed: z.array(z.string()),
  profile: z
    .record(z.string(), z.unknown())
    .nullable()
    .openapi({ description: "The profile that this file is pinned to; null while a question is open." }),
};

/** How a file without meaning of its own is read, with the evidence, and what a person still has to say. */
export const readingWire = z
  .object({
    ...readingPart,
    members: z
      .array(z.object({ ...readingPart, format: z.string(), files: z.array(z.string()), file_count: z.number().int() }))
      .optional()
      .openapi({
        description:
          "Of an archive: each shape among the files in it that need a reading; several files of one signature are one shape. What stands beside it is of the shape that is asked about now, else of the first.",
      }),
  })
  .openapi("Reading");

export const profileWire = z
  .object({
    id: uuid,
    name: z.string(),
    format: z.string(),
    signature: z.string(),
    version: z.number().int(),
    profile: z.record(z.string(), z.unknown()),
    used_by_jobs: z.number().int(),
    created_by: uuid.nullable(),
    created_at: instant,
  })
  .openapi("Profile");
