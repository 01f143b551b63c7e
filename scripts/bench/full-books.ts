/** Books that already hold millions of rows: daily statements of each account, made in SQL on the server. As quick as Postgres can: indexes come last. */
import type { Company } from "./company.ts";

/** 1,000 rows a statement: a busy account's day. */
const ROWS_PER_STATEMENT = 1_000;
/** The last of the days; what the benchmarks import comes after it. */
export const LAST_FULL_DAY = "2026-05-31";

/** `rows` booked rows, in statements of 1,000 on the days up to `LAST_FULL_DAY`; every closing balance is the first opening of a bank file. */
export async function fillBooks(company: Company, rows: number, say: (line: string) => void): Promise<void> {
  const days = Math.max(1, Math.round(rows / ROWS_PER_STATEMENT / company.accounts));
  const ours = `'${company.tenantId}'::uuid`;
  const feed = `'${company.connectionId}'::uuid`;
  const day = `'${LAST_FULL_DAY}'::date - (${days} - d)`;
  // One job and one file a day; their ids tell the day, so that everything can be made set by set.
  const id = (kind: string) => `md5('${kind}' || d)::uuid`;
  await company.superUser("set session_replication_role = replica");
  await company.superUser(
    `insert into ingestion_jobs (tenant_id, id, connection_id, stage, status, completed_at) select ${ours}, ${id("job")}, ${feed}, 'done', 'completed', now() from generate_series(1, ${days}) d`,
  );
  await company.superUser(
    `insert into raw_ingestion_data (tenant_id, id, connection_id, job_id, r2_key, file_name, size_bytes, parsed_at) select ${ours}, ${id("raw")}, ${feed}, ${id("job")}, 'gone', 'day.bai', 1, now() from generate_series(1, ${days}) d`,
  );
  await company.superUser(
    `insert into statements (tenant_id, job_id, raw_id, connection_id, ordinal, mapping_id, external_account_id, account_id, currency, as_of_on, covered_from, covered_to, kind,
       group_status, line_start, byte_start, opening_minor, closing_minor, transaction_count, imported_at)
     select ${ours}, ${id("job")}, ${id("raw")}, ${feed}, row_number() over (partition by d order by m.id), m.id, m.external_account_id, m.account_id, 'USD', ${day}, ${day}, ${day},
       'final', 1, 1, 0, 1000000000, 1000000000, ${ROWS_PER_STATEMENT}, now()
       from generate_series(1, ${days}) d cross join account_mappings m where m.tenant_id = ${ours}`,
  );
  const indexes = await dropIndexes(company);
  say(`  ${days * company.accounts * ROWS_PER_STATEMENT} rows into the books`);
  await company.superUser(
    `insert into transactions (tenant_id, account_id, connection_id, import_job_id, statement_id, line_start, line_end, byte_start, byte_end, posted_on, amount_minor, currency,
       type_code, bank_reference, customer_reference, description, is_pending, raw_data, identity_key, occurrence)
     select st.tenant_id, st.account_id, st.connection_id, st.job_id, st.id, n + 2, n + 2, n * 100, n * 100 + 90, st.as_of_on,
       case when n % 2 = 0 then 1 else -1 end * (1 + hashtextextended(st.id::text, n) & 524287), 'USD', case when n % 2 = 0 then '195' else '475' end,
       lpad(n::text, 18, '0'), case when n % 3 = 0 then 'INV' || n end, 'ACME SUPPLY PAYROLL INVOICE VENDOR CORP ' || n, false,
       jsonb_build_object('raw', '16,195,' || n || ',,' || lpad(n::text, 18, '0') || ',,ACME SUPPLY PAYROLL INVOICE VENDOR CORP ' || n || '/'),
       sha256(uuid_send(st.id) || int4send(n)), 1
       from statements st cross join generate_series(1, ${ROWS_PER_STATEMENT}) n where st.tenant_id = ${ours} order by st.as_of_on, st.ordinal, n`,
  );
  say("  their indexes");
  for (const index of indexes) await company.superUser(index);
  await company.superUser("vacuum (analyze) transactions");
  await company.superUser("analyze statements");
  await company.superUser("set session_replication_role = origin");
  await company.checkpoint();
}

/** All but the primary key; answers what makes them again. */
async function dropIndexes(company: Company): Promise<string[]> {
  const { rows } = await company.superUser(
    `select i.relname as name, pg_get_indexdef(x.indexrelid) as definition from pg_index x join pg_class i on i.oid = x.indexrelid
      where x.indrelid = 'transactions'::regclass and not x.indisprimary and not exists (select from pg_constraint c where c.conindid = x.indexrelid)`,
  );
  const indexes = rows.map((row: { name: string; definition: string }) => row);
  for (const { name } of indexes) await company.superUser(`drop index ${name}`);
  return indexes.map(({ definition }) => definition);
}
