/** Service tokens as rows: a hash, scopes, an end. The token itself exists here only between its making and its answer. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { idSchema, type TenantId, type TokenId, type UserId } from "../domain/ids.ts";
import { PERMISSIONS, type Scope } from "../domain/roles.ts";
import { randomToken, sha256Hex } from "../lib/crypto.ts";
import { Secret } from "../lib/secret.ts";
import { type DatabaseEnv, rowsOf, type Tx, withFoundTenant } from "./tenant.ts";

const PREFIX = "sti_";
const FORM = /^sti_[A-Za-z0-9_-]{43}$/;

const ownerRow = z.object({ tenant_id: idSchema<TenantId>(), token_id: idSchema<TokenId>() });

export interface LivingToken {
  tenantId: TenantId;
  tokenId: TokenId;
  scopes: readonly Scope[];
}

/** Whose token this is and what it may do; null where nobody has it, it has expired or it was revoked. */
export async function findToken(env: DatabaseEnv, token: Secret<string>): Promise<LivingToken | null> {
  if (!FORM.test(token.reveal())) return null;
  const hash = await sha256Hex(token.reveal());
  return withFoundTenant(
    env,
    (tx) => ownerOf(tx, hash),
    async (tx, owner) => {
      const scopes = await scopesOf(tx, owner.tokenId);
      return scopes === null ? null : { ...owner, scopes };
    },
  );
}

async function ownerOf(tx: Tx, hash: string): Promise<{ tenantId: TenantId; tokenId: TokenId } | null> {
  const [row] = await rowsOf(tx, sql`select tenant_id, token_id from token_owner(decode(${hash}, 'hex'))`, ownerRow);
  return row === undefined ? null : { tenantId: row.tenant_id, tokenId: row.token_id };
}

const scopesRow = z.object({ scopes: z.array(z.enum(PERMISSIONS)), is_noted: z.boolean() });

/** The token's scopes while it lives; notes the use at most once a minute, so that a busy token is not a busy row. */
async function scopesOf(tx: Tx, tokenId: TokenId): Promise<readonly Scope[] | null> {
  const [row] = await rowsOf(
    tx,
    sql`select scopes, coalesce(last_used_at > now() - interval '1 minute', false) as is_noted from api_tokens
        where tenant_id = current_tenant() and id = ${tokenId} and revoked_at is null and (expires_at is null or expires_at > now())`,
    scopesRow,
  );
  if (row === undefined) return null;
  if (!row.is_noted) await tx.execute(sql`update api_tokens set last_used_at = now() where tenant_id = current_tenant() and id = ${tokenId}`);
  return row.scopes;
}

const tokenRow = z.object({
  id: idSchema<TokenId>(),
  name: z.string(),
  scopes: z.array(z.string()),
  created_by: z.string().nullable(),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  revoked_at: z.string().nullable(),
});
export type TokenRow = z.infer<typeof tokenRow>;

const COLUMNS = sql`id, name, scopes, created_by, to_json(created_at) #>> '{}' as created_at, to_json(expires_at) #>> '{}' as expires_at,
  to_json(last_used_at) #>> '{}' as last_used_at, to_json(revoked_at) #>> '{}' as revoked_at`;

export interface TokenDraft {
  name: string;
  scopes: readonly Scope[];
  /** ISO 8601; null never ends. */
  expiresAt: string | null;
  createdBy: UserId | null;
}

/** Makes a token. The secret is returned once and kept nowhere. */
export async function createToken(tx: Tx, draft: TokenDraft): Promise<{ row: TokenRow; token: Secret<string> }> {
  const token = new Secret(randomToken(PREFIX));
  const hash = await sha256Hex(token.reveal());
  const [row] = await rowsOf(
    tx,
    sql`insert into api_tokens (tenant_id, name, token_hash, scopes, expires_at, created_by)
        values (current_tenant(), ${draft.name}, decode(${hash}, 'hex'), ${sql.param([...draft.scopes])}::text[], ${draft.expiresAt}, ${draft.createdBy})
        returning ${COLUMNS}`,
    tokenRow,
  );
  if (row === undefined) throw new Error("The token was not written.");
  return { row, token };
}

/** Every token of the tenant, newest first, revoked ones too: a log is read with them. 1,000 is far above what a tenant's programs need. */
export function listTokens(tx: Tx): Promise<TokenRow[]> {
  return rowsOf(tx, sql`select ${COLUMNS} from api_tokens where tenant_id = current_tenant() order by id desc limit 1000`, tokenRow);
}

/** The token with its end; null where there is no such token. Revoking twice keeps the first moment. */
export async function revokeToken(tx: Tx, tokenId: TokenId): Promise<TokenRow | null> {
  const [row] = await rowsOf(
    tx,
    sql`update api_tokens set revoked_at = coalesce(revoked_at, now()) where tenant_id = current_tenant() and id = ${tokenId} returning ${COLUMNS}`,
    tokenRow,
  );
  return row ?? null;
}
