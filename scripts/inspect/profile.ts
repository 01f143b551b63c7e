/** Reads a profile's file for the command line: settings, or the original design's `csv_config`. Says what is wrong with it; never repairs it. */
import { readFileSync } from "node:fs";
import * as z from "zod";
import { csvConfigSchema, settingsOfCsvConfig } from "../../src/domain/csv-config.ts";
import type { ProfileSettings } from "../../src/domain/profile.ts";
import { profileSettingsSchema } from "../../src/domain/profile-schema.ts";

export class ProfileError extends Error {}

export function readProfile(path: string): ProfileSettings {
  const value = readJson(path);
  const config = csvConfigOf(value);
  if (config !== null) {
    const parsed = csvConfigSchema.safeParse(config);
    if (!parsed.success) throw new ProfileError(`${path} holds a csv_config that cannot be used: ${z.prettifyError(parsed.error)}`);
    const { settings, unknown } = settingsOfCsvConfig(parsed.data);
    if (unknown.length > 0) throw new ProfileError(`${path} maps fields that are not known: ${unknown.join(", ")}.`);
    return settings;
  }
  const parsed = profileSettingsSchema.safeParse(value);
  if (!parsed.success) throw new ProfileError(`${path} is no profile: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The configuration by itself, or under its name in a connection's `config`. */
function csvConfigOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return null;
  if ("csv_config" in value) return value.csv_config;
  return "column_mapping" in value ? value : null;
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new ProfileError(`Cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
