/** A slice of a company's removal: its stored objects, its rows, at the end its own row. Safe to kill anywhere: what is left is what the next slice finds. */
import type { TenantId } from "../domain/ids.ts";
import type { Env } from "../env.ts";
import { log } from "../lib/log.ts";
import { forgetCompany, forgetUploads, giveTurnBack, openUploads, removeRows, takeRemoval } from "../store/company.ts";
import { abortUpload, removeByPrefix } from "../store/raw.ts";
import { type TenantDoor, withTenantDoor } from "../store/tenant.ts";

export interface Slice {
  /** Rows a transaction, with their keys checked: some 100 ms. */
  rows: number;
  /** How many batches of rows, of objects (1,000 each), of uploads (50 each). */
  batches: number;
  /** Milliseconds after which no batch is begun. */
  timeMs: number;
  /** How long after it was closed the company's own row goes: a request that was let in before may still be bringing something. */
  settleSeconds: number;
}

/** 15 s of a minute's tick; an hour is longer than any upload that was under way can last. */
const SLICE: Slice = { rows: 2_000, batches: 200, timeMs: 15_000, settleSeconds: 3_600 };
const UPLOADS_AT_ONCE = 50;

/** True where nothing of the company is left. */
export async function removeCompany(env: Env, tenantId: TenantId, given: Partial<Slice> = {}): Promise<boolean> {
  const slice = { ...SLICE, ...given };
  return withTenantDoor(env, tenantId, async (door) => {
    const closedSeconds = await door.tx(takeRemoval);
    if (closedSeconds === null) return false;
    const until = Date.now() + slice.timeMs;
    const parts = [
      () => abortUploads(env, door),
      () => removeByPrefix(env, `raw/${tenantId}/`),
      () => removeByPrefix(env, `audit/${tenantId}/`),
      () => door.tx((tx) => removeRows(tx, slice.rows)),
    ];
    let isEmpty = true;
    for (const part of parts) isEmpty = (await untilNone(part, slice.batches, until)) && isEmpty;
    if (!isEmpty || closedSeconds < slice.settleSeconds) {
      await door.tx(giveTurnBack);
      return false;
    }
    await door.tx(forgetCompany);
    log("info", "company_removed", { tenant_id: tenantId });
    return true;
  });
}

/** True where the part found nothing more within its batches and its time. */
async function untilNone(part: () => Promise<number>, batches: number, until: number): Promise<boolean> {
  for (let batch = 0; batch < batches && Date.now() <= until; batch += 1) {
    if ((await part()) === 0) return true;
  }
  return false;
}

async function abortUploads(env: Env, door: TenantDoor): Promise<number> {
  const open = await door.tx((tx) => openUploads(tx, UPLOADS_AT_ONCE));
  for (const upload of open) await abortUpload(env, upload);
  if (open.length > 0)
    await door.tx((tx) =>
      forgetUploads(
        tx,
        open.map((upload) => upload.id),
      ),
    );
  return open.length;
}
