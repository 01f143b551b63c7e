/** What Link takes: a token to open it with, and the exchange of what it hands back. Keeps nothing; whoever calls puts the access token into the vault. */
import * as z from "zod";
import { Secret } from "../../../lib/secret.ts";
import { ask, type PlaidDoor } from "./ask.ts";
import type { PlaidConfig, PlaidCredentials } from "./config.ts";
import { daysRequested } from "./settings.ts";
import { instantOf } from "./test-item.ts";

/** What a route has at hand; a session is one too. */
export interface LinkDoor extends PlaidDoor {
  now: Date;
}

/** `new`: a bank that was not connected. `update`: somebody signs in again. `accounts`: the same, and chooses accounts anew. */
export type LinkMode =
  | { kind: "new"; lookbackDays: PlaidConfig["lookback_days"] }
  | { kind: "update" | "accounts"; credentials: Secret<PlaidCredentials>; bank: string | null };

export interface LinkDraft {
  mode: LinkMode;
  /** Who is asked, as Plaid is to know them: an opaque id of ours, never a name or an address. */
  userId: string;
  /** What the person reads as the name of who asks for access. */
  clientName: string;
  /** ISO 3166, upper-case; those that the account at Plaid is enabled for. */
  countries?: readonly string[];
  /** ISO 639-1. */
  language?: string;
  /** Where a bank's own sign-in page sends people back to. */
  redirectUri?: string;
  /** Where the page that Plaid hosts sends people when they are done; asks for such a page. */
  completionUri?: string;
}

export interface LinkToken {
  /** Good for one opening of Link; no key to anything by itself. */
  token: string;
  /** An instant: four hours for a new login, half an hour for a known one. */
  expiresAt: string | null;
  /** Plaid's own page, where `completionUri` was given; else null. */
  hostedUrl: string | null;
}

const tokenAnswer = z.looseObject({ link_token: z.string(), expiration: z.string(), hosted_link_url: z.string().nullish() });

/** Throws ConnectorFailure. */
export async function createLinkToken(door: LinkDoor, draft: LinkDraft): Promise<LinkToken> {
  const { answer } = await ask(door, {
    path: "/link/token/create",
    body: {
      client_name: draft.clientName,
      language: draft.language ?? "en",
      country_codes: [...(draft.countries ?? ["US"])],
      user: { client_user_id: draft.userId },
      ...ofMode(door, draft.mode),
      ...(draft.redirectUri === undefined ? {} : { redirect_uri: draft.redirectUri }),
      ...(draft.completionUri === undefined ? {} : { hosted_link: { completion_redirect_uri: draft.completionUri } }),
    },
    answer: tokenAnswer,
    bank: draft.mode.kind === "new" ? null : draft.mode.bank,
  });
  return { token: answer.link_token, expiresAt: instantOf(answer.expiration), hostedUrl: answer.hosted_link_url ?? null };
}

/** In update mode neither products nor a webhook may be named: the login keeps what it has. */
function ofMode({ platform }: LinkDoor, mode: LinkMode): Record<string, unknown> {
  if (mode.kind !== "new") {
    const { access_token } = mode.credentials.reveal();
    return { access_token, ...(mode.kind === "accounts" ? { update: { account_selection_enabled: true } } : {}) };
  }
  const webhook = platform.plaid?.webhookUrl ?? null;
  return {
    products: ["transactions"],
    transactions: { days_requested: daysRequested({ lookback_days: mode.lookbackDays }, platform) },
    ...(webhook === null ? {} : { webhook }),
  };
}

export interface Exchanged {
  itemId: string;
  /** For the vault, as the connector's credentials. */
  credentials: Secret<PlaidCredentials>;
}

const exchangeAnswer = z.looseObject({ access_token: z.string().min(1), item_id: z.string().min(1) });

/** What Link handed back, within its half hour, for the key that stays. Not needed after update mode: the key is the same. Throws ConnectorFailure. */
export async function exchangePublicToken(door: LinkDoor, publicToken: Secret<string>): Promise<Exchanged> {
  const { answer } = await ask(door, {
    path: "/item/public_token/exchange",
    body: { public_token: publicToken.reveal() },
    answer: exchangeAnswer,
  });
  return { itemId: answer.item_id, credentials: new Secret({ access_token: answer.access_token }) };
}

const sessionsAnswer = z.looseObject({
  link_sessions: z
    .array(
      z.looseObject({
        finished_at: z.string().nullish(),
        results: z.looseObject({ item_add_results: z.array(z.looseObject({ public_token: z.string() })).nullish() }).nullish(),
      }),
    )
    .nullish(),
});

export interface LinkOutcome {
  /** False while the person is still at it. */
  isFinished: boolean;
  publicTokens: Secret<string>[];
}

/** What became of an opening of the page that Plaid hosts: there nothing is handed back through the browser. Throws ConnectorFailure. */
export async function readLinkOutcome(door: LinkDoor, linkToken: string): Promise<LinkOutcome> {
  const { answer } = await ask(door, { path: "/link/token/get", body: { link_token: linkToken }, answer: sessionsAnswer });
  const sessions = answer.link_sessions ?? [];
  const results = sessions.flatMap(({ results }) => results?.item_add_results ?? []);
  return {
    isFinished: sessions.some(({ finished_at }) => typeof finished_at === "string"),
    publicTokens: results.map(({ public_token }) => new Secret(public_token)),
  };
}
