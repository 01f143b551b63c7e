/** The settings, the service tokens and the end of the pretended organisation, answered as the Worker does. In memory only. */
import * as z from "zod";
import { notFound, Refusal } from "../../src/domain/refusal.ts";
import { RETENTION, retentionOf } from "../../src/domain/retention.ts";
import { PERMISSIONS } from "../../src/domain/roles.ts";
import { companySettingsWire, retentionWire } from "../../src/routes/company-wire.ts";
import { tokenWire } from "../../src/routes/people-wire.ts";
import { agoOf, idOf } from "./dashboard-nouns.ts";

type Token = z.infer<typeof tokenWire>;

export interface Company {
  settings: z.infer<typeof companySettingsWire>;
  tokens: Token[];
  isDeleted: boolean;
  /** What `session_not_fresh` stands for. */
  isSessionOld: boolean;
}

export function makeCompany(): Company {
  const quotas = { files_a_day: 20_000, bytes_a_day: 107_374_182_400, files_a_day_max: 20_000, bytes_a_day_max: 107_374_182_400 };
  return {
    settings: { retention: retentionOf({}), quotas },
    tokens: [
      token(3, { name: "Larkfield ERP", scopes: ["transactions:read", "accounts:read"], expires_at: agoOf(-60 * 24 * 200), last_used_at: agoOf(4) }),
      token(2, { name: "Delivery agent of First Meridian", scopes: ["files:upload"], last_used_at: null }),
      token(1, { name: "Old loader", scopes: ["files:upload", "jobs:read"], revoked_at: agoOf(60 * 24 * 30) }),
    ],
    isDeleted: false,
    isSessionOld: false,
  };
}

function token(n: number, given: Partial<Token>): Token {
  return tokenWire.parse({
    id: idOf("token", n),
    name: "",
    scopes: [],
    created_by: idOf("user", 2),
    created_at: agoOf(60 * 24 * (200 - 40 * n)),
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
    ...given,
  });
}

const settingsDraft = z.strictObject({
  retention: retentionWire.partial().optional(),
  quotas: z.strictObject({ files_a_day: z.int().nullable(), bytes_a_day: z.int().nullable() }).partial().optional(),
});
const tokenDraft = z.strictObject({ name: z.string().min(1), scopes: z.array(z.enum(PERMISSIONS)).min(1), expires_at: z.string().nullable() });

/** Null where the address is nothing of a company's. */
export function answerCompany(company: Company, method: string, path: string, body: Buffer): { status?: number; body: unknown } | null {
  const said = (): unknown => JSON.parse(body.toString());
  const id = /^\/api\/tokens\/([^/]+)$/.exec(path)?.[1];
  switch (`${method} ${id === undefined ? path : "/api/tokens/{id}"}`) {
    case "GET /api/settings":
      return { body: companySettingsWire.parse(company.settings) };
    case "PATCH /api/settings":
      return { body: changed(company, settingsDraft.parse(said())) };
    case "DELETE /api/company":
      return end(company, z.strictObject({ name: z.string() }).parse(said()).name);
    case "GET /api/tokens":
      return { body: { data: company.tokens, next_cursor: null } };
    case "POST /api/tokens":
      return { status: 201, body: { ...made(company, tokenDraft.parse(said())), token: PRETENDED_TOKEN } };
    case "DELETE /api/tokens/{id}":
      return { body: revoked(company, id) };
    default:
      return null;
  }
}

/** Of a token's form, and nobody's. */
export const PRETENDED_TOKEN = `sti_${"canary".repeat(7)}c`;

function changed(company: Company, draft: z.infer<typeof settingsDraft>): Company["settings"] {
  const { settings } = company;
  Object.assign(settings.retention, draft.retention);
  const { files_a_day: files = settings.quotas.files_a_day, bytes_a_day: bytes = settings.quotas.bytes_a_day } = draft.quotas ?? {};
  Object.assign(settings.quotas, { files_a_day: files ?? settings.quotas.files_a_day_max, bytes_a_day: bytes ?? settings.quotas.bytes_a_day_max });
  if (settings.retention.audit_days < RETENTION.audit_days.min) throw new Error("The schema lets nothing of the kind through.");
  return companySettingsWire.parse(settings);
}

function made(company: Company, draft: z.infer<typeof tokenDraft>): Token {
  const one = token(company.tokens.length + 10, { ...draft, created_at: agoOf(0) });
  company.tokens.unshift(one);
  return one;
}

function revoked(company: Company, id: string | undefined): Token {
  const found = company.tokens.find((one) => one.id === id);
  if (found === undefined) throw notFound("service token");
  return Object.assign(found, { revoked_at: agoOf(0) });
}

function end(company: Company, name: string): { status: number; body: unknown } {
  if (company.isSessionOld) {
    const message = "To delete a company you must have signed in within the last 15 minutes, as a person. Sign out, sign in again, and repeat it.";
    throw new Refusal({ status: 403, code: "session_not_fresh", message });
  }
  if (name !== "Larkfield Group") throw new Refusal({ status: 422, code: "name_differs", message: "What was typed is not the company's name." });
  company.isDeleted = true;
  return { status: 202, body: { deleting: true } };
}
