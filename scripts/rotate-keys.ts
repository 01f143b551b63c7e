/** `npm run keys:rotate`: wraps all sealed records with the key that VAULT_KEY_ID names, while the Worker runs. Never prints a key or what is sealed. */
import pg from "pg";
import { rotateKeys } from "./keys/rotate.ts";
import { explain, Refusal } from "./local/refusal.ts";

try {
  const client = new pg.Client({ connectionString: required("DATABASE_OWNER_URL", "the database owner's connection string") });
  const env = {
    VAULT_KEYS: required("VAULT_KEYS", 'every key that may still be in use, {"k1":"<32 bytes, base64>", …}'),
    VAULT_KEY_ID: required("VAULT_KEY_ID", "the key to wrap with"),
  };
  await client.connect();
  try {
    await requireSight(client);
    const { rewrapped, unopened, left } = await rotateKeys(client, env);
    process.stdout.write(`${rewrapped} records are wrapped with ${env.VAULT_KEY_ID} now.\n`);
    for (const [keyId, count] of Object.entries(left)) process.stdout.write(`  ${keyId}: ${count} records\n`);
    for (const place of unopened) process.stderr.write(`${place} does not open: its key is not in VAULT_KEYS, or it was altered.\n`);
    if (unopened.length === 0 && Object.keys(left).every((keyId) => keyId === env.VAULT_KEY_ID))
      process.stdout.write("Nothing needs any other key: the old ones may be taken out of VAULT_KEYS.\n");
    process.exitCode = unopened.length === 0 ? 0 : 1;
  } finally {
    await client.end();
  }
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 2;
}

/** Behind row security it would see nothing, and say that nothing is left to do. */
async function requireSight(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sees: boolean }>("select rolsuper or rolbypassrls as sees from pg_roles where rolname = current_user");
  if (rows[0]?.sees !== true)
    throw new Refusal("DATABASE_OWNER_URL signs in as a role that row security holds: it sees no rows. Use the database's owner.");
}

function required(name: string, what: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Refusal(`${name} is not set: ${what}.`);
  return value;
}
