/** The local stack's own secrets in `.dev.vars`: made at the first start, kept afterwards, readable by us alone. Never for a deployment. */
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseEnv } from "node:util";

const HEADER = "# Secrets of the local stack, made by `npm run dev`. Not for a deployment; never commit this file.\n";

/** Each is made once and on its own, so that a file from before a setting existed gains just that setting. */
const MADE = {
  ENVIRONMENT: () => "local",
  SESSION_KEY: randomKey,
  VAULT_KEYS: () => JSON.stringify({ k1: randomKey() }),
  VAULT_KEY_ID: () => "k1",
  LOOKUP_KEY: randomKey,
  /** The demo tenant's service token: `Authorization: Bearer …`. */
  DEMO_SERVICE_TOKEN: () => `sti_${randomBytes(32).toString("base64url")}`,
} satisfies Record<string, () => string>;

export type DevVars = Record<keyof typeof MADE, string>;

/** Reads the file, adds what it lacks and closes it to others. What people put there themselves stays. */
export function ensureDevVars(file: string): { vars: DevVars; isNew: boolean } {
  const isNew = !existsSync(file);
  if (isNew) writeFileSync(file, HEADER, { mode: 0o600 });
  chmodSync(file, 0o600);
  const present = parseEnv(readFileSync(file, "utf8"));
  const vars = { ENVIRONMENT: "", SESSION_KEY: "", VAULT_KEYS: "", VAULT_KEY_ID: "", LOOKUP_KEY: "", DEMO_SERVICE_TOKEN: "" } satisfies DevVars;
  for (const name of namesOf(vars)) {
    const value = present[name] ?? MADE[name]();
    if (present[name] === undefined) appendFileSync(file, `${name}='${value}'\n`);
    vars[name] = value;
  }
  return { vars, isNew };
}

/** 32 random bytes in base64. */
export function randomKey(): string {
  return randomBytes(32).toString("base64");
}

/** Writes settings that change at each start, for wrangler's `--env-file`: a command line would show them to every user of the machine. */
export function writeEnvFile(file: string, settings: Record<string, string>): void {
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** Safe: the object above is a literal with exactly these keys; TypeScript types every `Object.keys` as string[]. */
function namesOf(vars: DevVars): (keyof DevVars)[] {
  return Object.keys(vars) as (keyof DevVars)[];
}
