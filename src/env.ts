/** The Worker's bindings and settings, checked once at the door. Never read from anywhere else. */
import * as z from "zod";

/** What wrangler.toml binds and what `wrangler secret put` (locally `.dev.vars`) sets. */
export interface Env {
  /** Raw files, exactly as they came. */
  RAW: R2Bucket;
  /** The road's messages (src/queue.ts). */
  ROAD: Queue<unknown>;
  ASSETS: Fetcher;
  /** Requests a minute (wrangler.toml); without them nothing is held back. */
  RATE_ADDRESS?: RateLimit;
  RATE_SIGN_IN?: RateLimit;
  RATE_PERSON?: RateLimit;
  RATE_TOKEN?: RateLimit;
  ENVIRONMENT: "local" | "test" | "staging" | "production";
  /** The Worker's own Postgres role: owns nothing, cannot bypass row security. */
  DATABASE_URL: string;
  /** Local and tests only: `host:port/path` of the WebSocket bridge in front of Postgres. */
  DB_WS_PROXY?: string;
  /** Local and tests only: the step at which a worker is made to fail (src/store/fail-points.ts). */
  FAIL_POINTS?: string;
  /** 32 random bytes, base64: signs session cookies. */
  SESSION_KEY: string;
  /** Key-wrapping keys by id, JSON `{ "k1": "<32 bytes, base64>" }`; `VAULT_KEY_ID` names the one that wraps new records. */
  VAULT_KEYS: string;
  VAULT_KEY_ID: string;
  /** 32 random bytes, base64: the keyed hash by which account numbers are looked up. */
  LOOKUP_KEY: string;
  /** Sends e-mail; without it an e-mail channel says so and keeps its alerts. */
  EMAIL?: SendEmail;
  /** The address that alerts come from, of a domain that EMAIL may send for. */
  ALERTS_FROM?: string;
  /** Where people open the dashboard, for links in alerts: `https://treasury.example.com`. Without it alerts have no links. */
  PUBLIC_URL?: string;
}

const key32 = z.string().refine((text) => base64Bytes(text) === 32, "expected 32 bytes in base64");

const settingsSchema = z.object({
  ENVIRONMENT: z.enum(["local", "test", "staging", "production"]),
  DATABASE_URL: z.string().startsWith("postgres"),
  DB_WS_PROXY: z.string().min(1).optional(),
  FAIL_POINTS: z.string().min(1).optional(),
  SESSION_KEY: key32,
  VAULT_KEYS: z.string().transform((text) => z.record(z.string(), key32).parse(JSON.parse(text))),
  VAULT_KEY_ID: z.string().min(1),
  LOOKUP_KEY: key32,
  ALERTS_FROM: z.email().optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
});

let checked: Env | undefined;

/** Throws, naming each setting that is missing or malformed (never its value); cheap after the first call of an isolate. */
export function checkEnv(env: Env): Env {
  if (checked === env) return env;
  const settings = settingsSchema.safeParse(env);
  if (!settings.success) {
    const names = settings.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw new Error(`The Worker's settings are not complete. ${names.join("; ")}`);
  }
  const { VAULT_KEYS: keys, VAULT_KEY_ID: id, ENVIRONMENT } = settings.data;
  if (!Object.hasOwn(keys, id)) throw new Error(`VAULT_KEY_ID names a key that VAULT_KEYS does not hold.`);
  const localOnly = (["DB_WS_PROXY", "FAIL_POINTS"] as const).filter((name) => settings.data[name] !== undefined);
  if (localOnly.length > 0 && ENVIRONMENT !== "local" && ENVIRONMENT !== "test") {
    throw new Error(`${localOnly.join(" and ")}: for local runs only, but ENVIRONMENT is ${ENVIRONMENT}. Remove it.`);
  }
  checked = env;
  return env;
}

function base64Bytes(text: string): number {
  try {
    return atob(text).length;
  } catch {
    return -1;
  }
}
