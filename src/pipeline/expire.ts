/** What a company need not keep any longer, removed by its own periods: rows, stored objects, the oldest audit entries. Each removal is itself an entry. */
import { HOUSE } from "../domain/actor.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Retention } from "../domain/retention.ts";
import type { Env } from "../env.ts";
import { recordAudit } from "../store/audit.ts";
import { keepAnchor, sealAndKeepHead } from "../store/audit-head.ts";
import {
  type Expiring,
  expireAudit,
  expiredAuditEnd,
  expireObjects,
  expiring,
  noteRemoved,
  objectsToRemove,
  setNextTurn,
  takeTurn,
} from "../store/expiry.ts";
import { removeObjects } from "../store/raw.ts";
import { type TenantDoor, withTenantDoor } from "../store/tenant.ts";

/** 2,000 rows are some 50 ms; all kinds of a company below a second a turn, so that no company waits long for its own. */
export const ROWS_A_TURN = 2_000;
/** 500 objects: half of what the storage removes in one call. */
export const OBJECTS_A_TURN = 500;

export interface Bounds {
  rows: number;
  objects: number;
}

/**
 * One turn of one company, if it is its turn: a batch of each kind. What is left comes with the next minute, else it is due again tomorrow. One kind that
 * fails does not keep the others from going; its fault is thrown at the end, and the company is due again in ten minutes.
 */
export async function expireOf(env: Env, tenantId: TenantId, bounds: Bounds = { rows: ROWS_A_TURN, objects: OBJECTS_A_TURN }): Promise<void> {
  await withTenantDoor(env, tenantId, async (door) => {
    const retention = await door.tx(takeTurn);
    if (retention === null) return;
    const faults: unknown[] = [];
    let isDone = true;
    const parts = [
      ...expiring(retention).map((kind) => () => expireKind(door, kind, bounds.rows)),
      () => expireFiles(env, door, { days: retention.raw_files_days, objectsMax: bounds.objects }),
      () => expireLog(env, door, { tenantId, retention, rowsMax: bounds.rows }),
    ];
    for (const part of parts) {
      try {
        isDone = (await part()) && isDone;
      } catch (error) {
        faults.push(error);
      }
    }
    if (faults.length > 0) throw faults[0];
    await door.tx((tx) => setNextTurn(tx, { isDone }));
  });
}

/** True where nothing of the kind is left. */
function expireKind(door: TenantDoor, { what, days, remove }: Expiring, rowsMax: number): Promise<boolean> {
  return door.tx(async (tx) => {
    const removed = await remove(tx, rowsMax);
    if (removed > 0)
      await recordAudit(tx, HOUSE, { action: "retention.expired", subjectType: what, subjectId: null, details: { removed, after_days: days } });
    return removed < rowsMax;
  });
}

/** First nobody reads them, then they go, then it is noted that they went: killed anywhere, the next turn goes on from there. */
async function expireFiles(env: Env, door: TenantDoor, { days, objectsMax }: { days: number; objectsMax: number }): Promise<boolean> {
  const marked = await door.tx(async (tx) => {
    const objects = await expireObjects(tx, { days, objectsMax });
    if (objects > 0)
      await recordAudit(tx, HOUSE, {
        action: "retention.expired",
        subjectType: "raw_files",
        subjectId: null,
        details: { removed: objects, after_days: days },
      });
    return objects;
  });
  const keys = await door.tx((tx) => objectsToRemove(tx, objectsMax));
  if (keys.length > 0) {
    await removeObjects(env, keys);
    await door.tx((tx) => noteRemoved(tx, keys));
  }
  return marked < objectsMax && keys.length < objectsMax;
}

/** Where the log does not agree with the end that was noted of it, all of it stays: it is evidence. The new beginning is noted outside before anything goes. */
async function expireLog(
  env: Env,
  door: TenantDoor,
  { tenantId, retention, rowsMax }: { tenantId: TenantId; retention: Retention; rowsMax: number },
): Promise<boolean> {
  const days = retention.audit_days;
  const end = await door.tx((tx) => expiredAuditEnd(tx, { days, rowsMax }));
  if (end === null || !(await sealAndKeepHead(env, tenantId)).agrees) return true;
  await keepAnchor(env, tenantId, end);
  const removed = await door.tx(async (tx) => {
    const count = await expireAudit(tx, { through: end.sealNo, days });
    if (count > 0)
      await recordAudit(tx, HOUSE, {
        action: "audit.expired",
        subjectType: "audit",
        subjectId: null,
        details: { removed: count, through_seal_no: end.sealNo, hash: end.hash, after_days: days },
      });
    return count;
  });
  return removed < rowsMax;
}
