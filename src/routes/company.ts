/** A company's own settings, and its end. Reading is a member's, changing an admin's; only an owner who has just signed in ends it, by typing its name. */
import { createRoute, z } from "@hono/zod-openapi";
import { Refusal } from "../domain/refusal.ts";
import { log } from "../lib/log.ts";
import { recordAudit } from "../store/audit.ts";
import { closeCompany, isFreshSession } from "../store/company.ts";
import { changeSettings, changesOf, readSettings } from "../store/settings.ts";
import { withTenant } from "../store/tenant.ts";
import { body, json } from "./answer.ts";
import type { AppContext } from "./app-env.ts";
import { companySettingsWire, retentionWire } from "./company-wire.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { clearSessionCookie } from "./session-cookie.ts";

/** 15 minutes: to take the export along and type a name; not a browser left open since the morning. */
const FRESH_MINUTES = 15;
/** 1 MiB: a day in which not one file fits is a mistake. */
const BYTES_A_DAY_MIN = 1024 * 1024;

const settingsDraft = z
  .strictObject({
    retention: retentionWire.partial().optional(),
    quotas: z
      .strictObject({ files_a_day: z.int().min(1).nullable(), bytes_a_day: z.int().min(BYTES_A_DAY_MIN).nullable() })
      .partial()
      .optional()
      .openapi({ description: "Null: as much as the installation allows." }),
  })
  .openapi("CompanySettingsDraft");

const read = createRoute({
  method: "get",
  path: "/api/settings",
  tags: ["Company"],
  summary: "How long the company keeps what, and what it may be sent in a day",
  middleware: [permit("settings:read")] as const,
  responses: { 200: json(companySettingsWire, "The settings as they hold."), ...problems(401, 403) },
});
const change = createRoute({
  method: "patch",
  path: "/api/settings",
  tags: ["Company"],
  summary: "Change settings; what is not named stays",
  middleware: [permit("settings:write")] as const,
  request: { body: body(settingsDraft) },
  responses: { 200: json(companySettingsWire, "The settings as they hold now."), ...problems(400, 401, 403, 422) },
});
const end = createRoute({
  method: "delete",
  path: "/api/company",
  tags: ["Company"],
  summary: "Delete the company and everything it has: its secrets at once, the rest within hours. There is no way back",
  middleware: [permit("company:delete")] as const,
  request: { body: body(z.strictObject({ name: z.string().min(1).max(200).openapi({ description: "The company's name, as it is shown." }) })) },
  responses: {
    202: json(z.object({ deleting: z.literal(true) }), "Closed: nobody gets in any more, no secret opens; its rows and files are being removed."),
    ...problems(400, 401, 403, 422),
  },
});

export const companyRoutes = newRoutes()
  .openapi(read, async (c) => c.json(await withTenant(c.env, c.var.tenantId, (tx) => readSettings(tx)), 200))
  .openapi(change, async (c) => {
    const { retention = {}, quotas = {} } = c.req.valid("json");
    const settings = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const { before, after } = await changeSettings(tx, { retention: given(retention), quotas: given(quotas) });
      const changed = changesOf(before, after);
      if (Object.keys(changed).length > 0) {
        const entry = { action: "settings.changed", subjectType: "company", subjectId: c.var.tenantId, details: changed };
        await recordAudit(tx, c.var.actor, entry);
      }
      return after;
    });
    return c.json(settings, 200);
  })
  .openapi(end, async (c) => {
    const { name } = c.req.valid("json");
    await withTenant(c.env, c.var.tenantId, async (tx) => {
      const sessionId = sessionOf(c);
      if (sessionId === null || !(await isFreshSession(tx, sessionId, FRESH_MINUTES))) throw notFresh();
      if (!(await closeCompany(tx, name.trim()))) throw otherName();
      await recordAudit(tx, c.var.actor, { action: "company.deleted", subjectType: "company", subjectId: c.var.tenantId });
    });
    log("warn", "company_closed", { tenant_id: c.var.tenantId, user_id: c.var.actor.userId });
    clearSessionCookie(c);
    return c.json({ deleting: true as const }, 202);
  });

const sessionOf = (c: AppContext) => (c.var.principal.kind === "person" ? c.var.principal.sessionId : null);

/** Without what was left out. */
function given<T extends Record<string, unknown>>(draft: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Safe: exactly the undefined ones are taken away.
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function notFresh(): Refusal {
  return new Refusal({
    status: 403,
    code: "session_not_fresh",
    message: `To delete a company you must have signed in within the last ${FRESH_MINUTES} minutes, as a person. Sign out, sign in again, and repeat it.`,
    expected: `a session begun within ${FRESH_MINUTES} minutes`,
  });
}

function otherName(): Refusal {
  return new Refusal({
    status: 422,
    code: "name_differs",
    message: "What was typed is not the company's name. Type it exactly as it is shown; nothing was deleted.",
    expected: "the company's name",
  });
}
