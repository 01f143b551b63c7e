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
  /** Plaid, of the platform as a whole: both, or connections of it cannot be made. The address is production's unless it is said. */
  PLAID_CLIENT_ID?: string;
  PLAID_SECRET?: string;
  PLAID_BASE_URL?: string;
  /** Local and tests: where the stand-in for Stripe listens. */
  STRIPE_BASE_URL?: string;
  /** Company sign-in: the provider's issuer, exactly as it names itself. It and the next two together, or nobody signs in. */
  OIDC_ISSUER?: string;
  OIDC_CLIENT_ID?: string;
  OIDC_CLIENT_SECRET?: string;
  /** The audience that the provider writes into access tokens for this API; without it no bearer JWT is accepted. */
  OIDC_AUDIENCE?: string;
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
  PLAID_CLIENT_ID: z.string().min(1).optional(),
  PLAID_SECRET: z.string().min(1).optional(),
  PLAID_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  STRIPE_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  OIDC_ISSUER: z.url().optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_AUDIENCE: z.string().min(1).optional(),
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
  const oidcProblem = problemOfOidc(settings.data);
  if (oidcProblem !== null) throw new Error(oidcProblem);
  checked = env;
  return env;
}

/** A provider without TLS could be anybody; an audience that ID tokens have too would let them in as access tokens. */
function problemOfOidc(settings: z.infer<typeof settingsSchema>): string | null {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_AUDIENCE: audience, ENVIRONMENT } = settings;
  if (audience !== undefined && audience === clientId)
    return "OIDC_AUDIENCE: must differ from OIDC_CLIENT_ID, or ID tokens would pass for access tokens.";
  if (issuer === undefined) return null;
  const { protocol, hostname, search, hash } = new URL(issuer);
  if (search !== "" || hash !== "") return "OIDC_ISSUER: expected an address without query and fragment.";
  const isOwnMachine = (ENVIRONMENT === "local" || ENVIRONMENT === "test") && ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && isOwnMachine) ? null : "OIDC_ISSUER: expected an https address.";
}

function base64Bytes(text: string): number {
  try {
    return atob(text).length;
  } catch {
    return -1;
  }
}
