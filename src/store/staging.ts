/** What a file's batches need to know of what is at rest already: its open statements, its accounts' mappings. The batches themselves are stage-batch.ts. */
import { eq, type SQL, sql } from "drizzle-orm";
import * as z from "zod";
import type { Sealed } from "../domain/stored.ts";
import { statements } from "./schema.ts";
import { rowsOf, type Tx } from "./tenant.ts";

/** The ids that every row of a batch carries. */
export interface BatchScope {
  tenantId: string;
  jobId: string;
  rawId: string;
  connectionId: string;
  /** As `stagedWireType` says. */
  wireType: number;
  fileAccount: FileAccount;
  /** Accounts that the connection's settings name, by their number or id as `normalizeAccountNumber` writes it. */
  identified: ReadonlyMap<string, Identified>;
}

/** What the connection's settings say of an account that it brings. */
export interface Identified {
  /** The company's own account that it is; null: not said. */
  accountId: string | null;
  name: string | null;
}

/** The account of a file that names none itself. */
export interface FileAccount {
  /** Stands in for the number: the connection's own, or one of this file alone where its connection receives every bank's files. */
  number: string;
  /** It is the connection's own: also of each file in an archive, which else has its own. */
  isOfConnection: boolean;
  fileName: string;
  /** The account that the sender named, and who that was. */
  accountId: string | null;
  sentBy: string | null;
  /** Files of the same shape went there before: a suggestion. */
  profileId: string | null;
}

export interface ExternalAccount {
  /** The keyed hash of the number. */
  hash: string;
  lastFour: string;
  currency: string | null;
  sealed: Sealed | null;
  /** The file names no account: this one stands for it, under the file's name. */
  ofFile: string | null;
  /** A provider's own id, which is no account number: kept as it is, under the name that the provider gives it. */
  ofProvider: { accountName: string | null } | null;
  identified: Identified | null;
  /** The connection has no mapping for it yet. */
  isNew: boolean;
}

const openStatement = z.object({
  ordinal: z.number(),
  currency: z.string().nullable(),
  group_status: z.number().nullable(),
});
/** What rows need to know of the statement they stand in. */
export type OpenStatement = z.infer<typeof openStatement>;

/** The statements that had not ended when the parser stopped, and the newest in any case; none at a file's beginning. */
export function openStatements(tx: Tx, rawId: string): Promise<OpenStatement[]> {
  return rowsOf(
    tx,
    sql`select st.ordinal, st.currency, st.group_status from statements st
         where st.raw_id = ${rawId} and (st.line_end is null or st.ordinal = (select max(o.ordinal) from statements o where o.raw_id = ${rawId}))`,
    openStatement,
  );
}

/** The external accounts among `accounts` that have no mapping yet on the connection. */
export async function unknownAccounts(tx: Tx, connectionId: string, accounts: ExternalAccount[]): Promise<ExternalAccount[]> {
  const known = await rowsOf(
    tx,
    sql`select m.external_account_id as hash, m.currency from account_mappings m
        where m.connection_id = ${connectionId} and m.external_account_id = any(${sql.param(accounts.map((account) => account.hash))}::text[])`,
    z.object({ hash: z.string(), currency: z.string().nullable() }),
  );
  const keys = new Set(known.map((row) => `${row.hash} ${row.currency ?? ""}`));
  return accounts.filter((account) => !keys.has(`${account.hash} ${account.currency ?? ""}`));
}

/**
 * New external accounts become mappings without an account, with a suggestion: the account of the same number and currency, or for a file that names none, the
 * one that the last file of its shape went to. The account that the sender or the connection's settings named holds at once, if its currency is the file's.
 */
export async function insertMappings(tx: Tx, scope: BatchScope, accounts: ExternalAccount[]): Promise<void> {
  if (accounts.length === 0) return;
  const rows = accounts.map((account) => ({
    hash: account.hash,
    sealed: account.sealed,
    last_four: account.lastFour,
    currency: account.currency,
    of_file: account.ofFile !== null,
    name: account.ofFile ?? account.identified?.name ?? account.ofProvider?.accountName ?? null,
    said_id: account.identified?.accountId ?? null,
  }));
  const { accountId, sentBy, profileId } = scope.fileAccount;
  await tx.execute(sql`
    insert into account_mappings (tenant_id, connection_id, external_account_id, external_account_sealed, external_account_name, last_four, currency,
      suggested_account_id, account_id, verified, verified_by, verified_at, auto_created)
    select ${scope.tenantId}, ${scope.connectionId}, r.hash, r.sealed, r.name, r.last_four, r.currency,
           case when r.of_file then coalesce(named.id, ${lastOfShape(profileId)})
                else (select a.id from accounts a where a.account_number_hash = r.hash and (r.currency is null or a.currency = r.currency) limit 1) end,
           named.id, named.id is not null, case when named.id is not null and r.of_file then ${sentBy}::uuid end, case when named.id is not null then now() end, true
      from json_to_recordset(${JSON.stringify(rows)}::json) as r(hash text, sealed jsonb, last_four text, currency char(3), of_file boolean, name text, said_id uuid)
      left join accounts named on named.id = case when r.of_file then ${accountId}::uuid else r.said_id end and (r.currency is null or r.currency = named.currency)
    on conflict (tenant_id, connection_id, external_account_id, currency) do nothing`);
}

/** The account that the last file of the same profile was mapped to. */
function lastOfShape(profileId: string | null): SQL {
  return sql`(select st.account_id from raw_ingestion_data o join statements st on st.tenant_id = o.tenant_id and st.raw_id = o.id
    where o.profile_id = ${profileId}::uuid and st.account_id is not null order by o.id desc limit 1)`;
}

/** The number by which this database knows the type that staged rows travel as. */
export async function stagedWireType(tx: Tx): Promise<number> {
  const [row] = await rowsOf(tx, sql`select 'staged_wire'::regtype::oid::bigint as oid`, z.object({ oid: z.coerce.number() }));
  if (row === undefined) throw new Error("The database does not know the type staged_wire.");
  return row.oid;
}

/** How many statements the job has so far. */
export async function countStatements(tx: Tx, jobId: string): Promise<number> {
  return tx.$count(statements, eq(statements.job_id, jobId));
}

/** The first error of the job's files, in the file's order; null where there is none. */
export async function firstError(tx: Tx, jobId: string): Promise<{ code: string; message: string } | null> {
  const [row] = await rowsOf(
    tx,
    sql`select code, message from job_problems where job_id = ${jobId} and severity = 'error' order by seq limit 1`,
    z.object({ code: z.string(), message: z.string() }),
  );
  return row ?? null;
}
