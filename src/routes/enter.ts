/** A person's arrival, however they proved who they are: the session's row and its line in the audit log, in one transaction. Sets no cookie. */
import type { UserId } from "../domain/ids.ts";
import type { SignInMethod } from "../domain/roles.ts";
import { recordAudit } from "../store/audit.ts";
import { type OpenedSession, openSession } from "../store/sessions.ts";
import type { Tx } from "../store/tenant.ts";
import type { AppContext } from "./app-env.ts";
import { addressOf } from "./principal.ts";

/** The person must be a member of the transaction's tenant. */
export async function enterWith(c: AppContext, tx: Tx, person: { userId: UserId; method: SignInMethod }): Promise<OpenedSession> {
  const ip = addressOf(c);
  const session = await openSession(tx, { ...person, ip, userAgent: c.req.header("user-agent") ?? null });
  const entry = { action: "session.opened", subjectType: "session", subjectId: session.sessionId, details: { method: person.method } };
  await recordAudit(tx, { userId: person.userId, tokenId: null, ip }, entry);
  return session;
}
