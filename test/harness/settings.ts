/** The Worker's settings in tests: its own keys, which protect nothing, and the run's database. Never a developer's `.dev.vars`. */
import type { TestDatabase } from "./provided.ts";

/** 32 bytes in base64, the same at each run so that a failure can be repeated. */
const keyOf = (filling: number) => Buffer.alloc(32, filling).toString("base64");

export function testSettings(db: TestDatabase) {
  return {
    ENVIRONMENT: "test",
    SESSION_KEY: keyOf(1),
    VAULT_KEYS: JSON.stringify({ k1: keyOf(2), k2: keyOf(3) }),
    VAULT_KEY_ID: "k1",
    LOOKUP_KEY: keyOf(4),
    DATABASE_URL: db.url,
    DB_WS_PROXY: db.wsProxy,
  };
}
