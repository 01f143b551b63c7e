/** `npm run migrate`: brings a deployment's database to the newest migration and sets the Worker's password. Never prints a password or a connection string. */
import { runMigrations, setWorkerPassword } from "./local/migrate.ts";
import { MIGRATIONS } from "./local/paths.ts";
import { explain, Refusal } from "./local/refusal.ts";

/** 32 characters of base64url are 192 bits; a provider's own rule asks for less. */
const PASSWORD = /^[\w-]{32,}$/;

try {
  const ownerUrl = required("DATABASE_OWNER_URL", "the database owner's connection string, not a pooled one");
  const password = process.env["WORKER_PASSWORD"];
  if (password !== undefined && !PASSWORD.test(password)) {
    throw new Refusal("WORKER_PASSWORD must be at least 32 characters of A-Z a-z 0-9 _ -. Make one: openssl rand -hex 32");
  }
  const count = await runMigrations(ownerUrl, MIGRATIONS);
  process.stdout.write(`The database has all ${count} migrations.\n`);
  if (password === undefined) {
    process.stdout.write("The role stratifi_worker keeps its password; set WORKER_PASSWORD to give it a new one.\n");
  } else {
    await setWorkerPassword(ownerUrl, password);
    process.stdout.write("The role stratifi_worker may sign in with WORKER_PASSWORD.\n");
  }
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

function required(name: string, what: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Refusal(`${name} is not set: ${what}.`);
  return value;
}
