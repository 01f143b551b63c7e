/** The contract of every connector: it tests a connection and fetches pages. It never reads the money in them, keeps nothing, and knows no database. */
import type * as z from "zod";
import type { BellEffect, ProviderFailureKind } from "../../domain/connection-health.ts";
import type { PageFormatId } from "../../domain/page.ts";
import type { Json } from "../../domain/stored.ts";
import type { Secret } from "../../lib/secret.ts";

export const CONNECTOR_IDS = ["plaid", "stripe", "bank_api"] as const;
export type ConnectorId = (typeof CONNECTOR_IDS)[number];

/** A call to the outside, through lib/http.ts: public https only, no redirect to another origin, an end to waiting and to what is read. */
export type ConnectorFetch = (url: URL | string, init?: RequestInit, limits?: { timeoutMs?: number; bytesMax?: number }) => Promise<Response>;

/** What the Worker as a whole knows of the providers; null where it is not set up for one. */
export interface Platform {
  plaid: {
    baseUrl: string;
    clientId: string;
    secret: Secret<string> /** Where Plaid is to ring; null: nowhere. */;
    webhookUrl: string | null;
  } | null;
  /** `https://api.stripe.com`; locally the stand-in. */
  stripe: { baseUrl: string };
  /** Fetchers with a client certificate, by their binding's name (wrangler.toml, `mtls_certificates`). */
  certificates: Readonly<Record<string, ConnectorFetch>>;
}

export interface Session<Config, Credentials> {
  connectionId: string;
  config: Config;
  /** Out of the vault; revealed only into a request. */
  credentials: Secret<Credentials>;
  fetch: ConnectorFetch;
  platform: Platform;
  /** The moment of the call, for windows and `fetched_at`; connectors ask no clock themselves. */
  now: Date;
}

/** What one call fetched, whole: the answer's bytes behind a head line (domain/page.ts), at most 8 MiB. */
export interface RawPage {
  /** What the provider knows it by, e.g. `transactions_sync`; for people and for logs. */
  sourceKey: string;
  fileName: string;
  format: PageFormatId;
  body: string;
}

export interface Fetched<Cursor> {
  pages: RawPage[];
  /** Where to go on; kept with the pages, becomes the connection's own cursor with the last of them. */
  next: Cursor;
  hasMore: boolean;
  /** The provider has connected but prepared nothing yet: `pages` is empty, `next` is not kept, and the run counts as not fresh. */
  notReady?: true;
}

export interface ProviderAccount {
  id: string;
  name: string | null;
  last_four: string | null;
  currency: string | null;
  /** The provider's own word, e.g. `depository/checking`. */
  type: string | null;
}

export interface TestResult {
  /** What makes two connections the same: an item, an account with its mode, an address with its account. Stable across re-linking where the provider is. */
  identity: string;
  /** For the name of a new connection: `First Platypus Bank`. */
  title: string | null;
  accounts: ProviderAccount[];
  /** When the consent or credential ends; null: not known. An instant. */
  expiresAt: string | null;
  /** Sentences worth knowing: a permission more than is needed, a test mode. */
  notes: string[];
}

/** A webhook as it came. The body is its bytes: signatures are over them. */
export interface WebhookRequest {
  headers: Headers;
  body: Uint8Array;
}

/** A webhook that was shown to be the provider's own, and what it asks for. */
export interface Bell {
  /** The provider's own id of the event; where it has none, a hash of the body. */
  eventId: string;
  eventType: string;
  /** Whose it is, as `TestResult.identity` says it. */
  identity: string;
  effect: BellEffect;
  /** With `expires`: when. An instant. */
  at?: string;
  /** Said to people, e.g. why a sign-in is needed again. No secrets. */
  code: string | null;
  payload: Json;
}

export interface Connector<Config = unknown, Credentials = unknown, Cursor = unknown> {
  id: ConnectorId;
  title: string;
  /** What is kept readable. Strict: an unknown key is refused by name. Each field has `.meta({ title, description })`, which draw the set-up form. */
  config: z.ZodType<Config>;
  /** What goes into the vault and never comes out of the API. */
  credentials: z.ZodType<Credentials>;
  cursor: z.ZodType<Cursor>;
  /** Settings to begin with, by their names. */
  presets?: readonly { id: string; title: string; description: string; config: Record<string, unknown> }[];
  /** Where a run that stands at `cursor` goes on after a failure that heals: at the beginning of its chain of pages, or at the page that failed. */
  resumesAt(cursor: Cursor | null): "chain" | "page";
  /** Pages a minute that the provider surely gives one connection. A longer chain comes in portions a minute apart: a refusal could begin it anew. */
  pagesPerMinuteMax?: number;
  /** Throws ConnectorFailure. Asked before saving, and daily. */
  test(session: Session<Config, Credentials>): Promise<TestResult>;
  /** One call, or the few that belong together. Null: from the beginning, as far back as the settings say. Throws ConnectorFailure. */
  fetchPages(session: Session<Config, Credentials>, cursor: Cursor | null): Promise<Fetched<Cursor>>;
  /** The connection is being deleted: ends what the provider would go on with. Throws ConnectorFailure. */
  disconnect?(session: Session<Config, Credentials>): Promise<void>;
}

/** What a connector throws, and all it throws. `message` is a sentence for people and holds no secret; `code` the provider's own word. */
export class ConnectorFailure extends Error {
  readonly kind: ProviderFailureKind;
  readonly code: string;
  /** How long the provider asks to be left alone, seconds. */
  readonly retryAfterSeconds: number | null;
  /** The provider's name for the call, for its support. */
  readonly requestId: string | null;

  constructor(why: { kind: ProviderFailureKind; code: string; message: string; retryAfterSeconds?: number | null; requestId?: string | null }) {
    super(why.message);
    this.name = "ConnectorFailure";
    this.kind = why.kind;
    this.code = why.code;
    this.retryAfterSeconds = why.retryAfterSeconds ?? null;
    this.requestId = why.requestId ?? null;
  }
}

/** Keeps a typed connector in a list of all: what it is handed was parsed by its own schemas. */
export function sealed<Config, Credentials, Cursor>(connector: Connector<Config, Credentials, Cursor>): Connector {
  // The one place where a connector's own types are forgotten; sync.ts parses config, credentials and cursor by the connector's schemas before each call.
  return connector as unknown as Connector;
}
