/** A company's own settings: how long it keeps what, and how much it may be sent in a day. Never reads or writes anything else of `tenants`. */
import { sql } from "drizzle-orm";
import * as z from "zod";
import { Refusal } from "../domain/refusal.ts";
import { RETENTION_NAMES, type Retention, retentionOf } from "../domain/retention.ts";
import { BYTES_A_DAY, FILES_A_DAY } from "./quota.ts";
import { rowsOf, type Tx } from "./tenant.ts";

export interface Quotas {
  files_a_day: number;
  bytes_a_day: number;
  /** What those who run the installation allow this company. */
  files_a_day_max: number;
  bytes_a_day_max: number;
}

export interface Settings {
  retention: Retention;
  quotas: Quotas;
}

export interface SettingsChange {
  retention: Partial<Retention>;
  /** Null: as much as is allowed. */
  quotas: { files_a_day?: number | null; bytes_a_day?: number | null };
}

const said = z.record(z.string(), z.unknown()).catch({});
const storedRow = z.object({ retention: said, quotas: said, own_quotas: said });

/** With `lock` the settings stay as they are until the transaction ends. */
export async function readSettings(tx: Tx, { lock = false } = {}): Promise<Settings> {
  const [row] = await rowsOf(
    tx,
    sql`select settings -> 'retention' as retention, settings -> 'quotas' as quotas, settings -> 'own_quotas' as own_quotas
          from tenants where id = current_tenant() ${lock ? sql`for no key update` : sql``}`,
    storedRow,
  );
  if (row === undefined) throw new Error("The tenant at hand does not exist.");
  const files = atMost(row.quotas["files_a_day"], FILES_A_DAY);
  const bytes = atMost(row.quotas["bytes_a_day"], BYTES_A_DAY);
  return {
    retention: retentionOf(row.retention),
    quotas: {
      files_a_day: Math.min(files, atMost(row.own_quotas["files_a_day"], files)),
      bytes_a_day: Math.min(bytes, atMost(row.own_quotas["bytes_a_day"], bytes)),
      files_a_day_max: files,
      bytes_a_day_max: bytes,
    },
  };
}

const atMost = (value: unknown, usual: number) => (typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : usual);

/** The settings before and after. Throws 422 where more is asked than the installation allows. */
export async function changeSettings(tx: Tx, change: SettingsChange): Promise<{ before: Settings; after: Settings }> {
  const before = await readSettings(tx, { lock: true });
  refuseBeyond(before.quotas, change.quotas);
  await tx.execute(sql`
    update tenants set settings = settings || jsonb_build_object(
        'retention', coalesce(settings -> 'retention', '{}') || ${JSON.stringify(change.retention)}::jsonb,
        'own_quotas', jsonb_strip_nulls(coalesce(settings -> 'own_quotas', '{}') || ${JSON.stringify(change.quotas)}::jsonb))
     where id = current_tenant()`);
  return { before, after: await readSettings(tx) };
}

function refuseBeyond(allowed: Quotas, { files_a_day: files, bytes_a_day: bytes }: SettingsChange["quotas"]): void {
  const isWithin = (files ?? 0) <= allowed.files_a_day_max && (bytes ?? 0) <= allowed.bytes_a_day_max;
  if (isWithin) return;
  throw new Refusal({
    status: 422,
    code: "quota_above_installation",
    message: "A company may lower its own quotas, not raise them above what those who run this installation allow. Ask them for more.",
    expected: { files_a_day: allowed.files_a_day_max, bytes_a_day: allowed.bytes_a_day_max },
    seen: { files_a_day: files, bytes_a_day: bytes },
  });
}

/** What differs, as the audit log notes it: `{ "retention.problems_days": [180, 90] }`. */
export function changesOf(before: Settings, after: Settings): Record<string, [number, number]> {
  const pairs = [
    ...RETENTION_NAMES.map((name) => [`retention.${name}`, before.retention[name], after.retention[name]] as const),
    ["quotas.files_a_day", before.quotas.files_a_day, after.quotas.files_a_day] as const,
    ["quotas.bytes_a_day", before.quotas.bytes_a_day, after.quotas.bytes_a_day] as const,
  ];
  return Object.fromEntries(pairs.filter(([, was, is]) => was !== is).map(([name, was, is]): [string, [number, number]] => [name, [was, is]]));
}
