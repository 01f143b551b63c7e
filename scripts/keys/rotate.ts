/** Wraps every record's data key anew with the vault's present key, a batch at a time, beside a running Worker. Never opens what is sealed. */
import type pg from "pg";
import * as z from "zod";
import { idSchema, type TenantId } from "../../src/domain/ids.ts";
import type { Sealed } from "../../src/domain/stored.ts";
import { SEALED_COLUMNS, type SealedColumn } from "../../src/store/sealed-columns.ts";
import { rewrap, type VaultEnv } from "../../src/store/vault.ts";

/** 200 envelopes: some 40 ms of wrapping, so that no row is held for long. */
const BATCH_ROWS = 200;

export interface Rotation {
  /** Envelopes that are under the present key now and were not before. */
  rewrapped: number;
  /** Where an envelope does not open: its table and row, never its content. */
  unopened: string[];
  /** How many envelopes each key still wraps. */
  left: Record<string, number>;
}

/**
 * `owner`: a connection that stands above row security. May be stopped and begun again at any time: what is done is done. A row that changes meanwhile
 * keeps its change and is taken up on the next pass.
 */
export async function rotateKeys(owner: pg.ClientBase, env: VaultEnv): Promise<Rotation> {
  const rotation: Rotation = { rewrapped: 0, unopened: [], left: {} };
  for (const column of SEALED_COLUMNS) await rotateColumn(owner, env, { column, rotation });
  rotation.left = await countByKey(owner);
  return rotation;
}

const sealedShape = z.custom<Sealed>((value) => typeof value === "object" && value !== null && "wrapped_key" in value);
const rowShape = z.object({ place: z.string(), tenant_id: idSchema<TenantId>(), record: z.string().nullable(), sealed: sealedShape });

async function rotateColumn(owner: pg.ClientBase, env: VaultEnv, { column, rotation }: { column: SealedColumn; rotation: Rotation }): Promise<void> {
  const { table, column: name, keys, record } = column;
  // A row's place is its key as text: the same for the order, the way on and the change.
  const place = `jsonb_build_array(tenant_id, ${keys.join(", ")})::text`;
  for (let after = ""; ; ) {
    const { rows } = await owner.query(
      `select ${place} as place, tenant_id, ${record} as record, ${name} as sealed from ${table}
        where ${name} is not null and ${name} ->> 'key_id' <> $1 and ${place} > $2 order by 1 limit ${BATCH_ROWS}`,
      [env.VAULT_KEY_ID, after],
    );
    const batch = z.array(rowShape).parse(rows);
    for (const row of batch) {
      const sealed = await rewrap(env, { tenantId: row.tenant_id, record: row.record ?? "" }, row.sealed).catch(() => null);
      if (sealed === null) rotation.unopened.push(`${table}.${name} ${row.place}`);
      else rotation.rewrapped += await replace(owner, column, { place, at: row.place, from: row.sealed, to: sealed });
    }
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.place;
  }
}

/** Only where nobody has changed it since it was read: a credential that was set anew is under the present key already. */
async function replace(
  owner: pg.ClientBase,
  { table, column }: SealedColumn,
  row: { place: string; at: string; from: Sealed; to: Sealed },
): Promise<number> {
  const { rowCount } = await owner.query(`update ${table} set ${column} = $1::jsonb where ${row.place} = $2 and ${column} = $3::jsonb`, [
    JSON.stringify(row.to),
    row.at,
    JSON.stringify(row.from),
  ]);
  return rowCount ?? 0;
}

async function countByKey(owner: pg.ClientBase): Promise<Record<string, number>> {
  const each = SEALED_COLUMNS.map(({ table, column }) => `select ${column} ->> 'key_id' as key_id from ${table} where ${column} is not null`);
  const { rows } = await owner.query(`select key_id, count(*)::int as n from (${each.join(" union all ")}) sealed group by 1 order by 1`);
  const counts = z.array(z.object({ key_id: z.string(), n: z.number() })).parse(rows);
  return Object.fromEntries(counts.map(({ key_id: keyId, n }) => [keyId, n]));
}
