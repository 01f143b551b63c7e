/** Profiles: the remembered ways to read a bank's CSV and its like. Thin: permission, input, one call, output. */
import { createRoute, z } from "@hono/zod-openapi";
import { csvConfigSchema, settingsOfCsvConfig } from "../domain/csv-config.ts";
import { idSchema, type ProfileId } from "../domain/ids.ts";
import { PROFILE_KINDS, type ProfileSettings } from "../domain/profile.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import { recordAudit } from "../store/audit.ts";
import { listProfiles, readProfile, retireProfile, saveProfile } from "../store/profiles.ts";
import { withTenant } from "../store/tenant.ts";
import { asWire, body, foundAsWire, idParam, json } from "./answer.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { profileWire, settingsWire } from "./reading-wire.ts";
import { listOf } from "./wire.ts";

const tags = ["Profiles"];
const params = idParam(idSchema<ProfileId>());
const format = z.enum(PROFILE_KINDS);
const signature = z.string().min(1).max(500);

const list = createRoute({
  method: "get",
  path: "/api/profiles",
  tags,
  summary: "The newest version of each profile, or the one of a file's signature",
  middleware: [permit("jobs:read")] as const,
  request: { query: z.object({ format: format.optional(), signature: signature.optional() }) },
  responses: { 200: json(listOf(profileWire), "All of them."), ...problems(400, 401, 403) },
});

const read = createRoute({
  method: "get",
  path: "/api/profiles/{id}",
  tags,
  summary: "One version; its `profile` is the JSON to export, and what `inspect --profile` takes",
  middleware: [permit("jobs:read")] as const,
  request: { params },
  responses: { 200: json(profileWire, "The profile."), ...problems(400, 401, 403, 404) },
});

const save = createRoute({
  method: "post",
  path: "/api/profiles",
  tags,
  summary: "Remember how files of a signature are read: the next version",
  middleware: [permit("jobs:review")] as const,
  request: {
    body: body(
      z.strictObject({
        name: z.string().trim().min(1).max(200),
        format: format.default("csv"),
        signature,
        profile: settingsWire.optional(),
        csv_config: csvConfigSchema.optional().openapi({ description: "The original design's words, in place of `profile`." }),
      }),
    ),
  },
  responses: { 201: json(profileWire, "The version that holds from now on."), ...problems(400, 401, 403, 422) },
});

const retire = createRoute({
  method: "delete",
  path: "/api/profiles/{id}",
  tags,
  summary: "Apply it to no file any more; jobs that were read by it keep it",
  middleware: [permit("jobs:review")] as const,
  request: { params },
  responses: { 204: { description: "Retired." }, ...problems(400, 401, 403, 404) },
});

export const profileRoutes = newRoutes()
  .openapi(list, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, (tx) => listProfiles(tx, c.req.valid("query")));
    return c.json({ data: asWire(z.array(profileWire), found), next_cursor: null }, 200);
  })
  .openapi(read, async (c) => {
    const found = await withTenant(c.env, c.var.tenantId, (tx) => readProfile(tx, c.req.valid("param").id));
    return c.json(foundAsWire(profileWire, found, "profile"), 200);
  })
  .openapi(save, async (c) => {
    const given = c.req.valid("json");
    const profile = profileOf(given);
    const { tenantId, actor } = c.var;
    const found = await withTenant(c.env, tenantId, async (tx) => {
      const saved = await saveProfile(tx, {
        tenantId,
        name: given.name,
        format: given.format,
        signature: given.signature,
        profile,
        createdBy: actor.userId,
      });
      await recordAudit(tx, actor, {
        action: "profile.saved",
        subjectType: "profile",
        subjectId: saved.id,
        details: { signature: given.signature, version: saved.version },
      });
      return readProfile(tx, saved.id);
    });
    return c.json(foundAsWire(profileWire, found, "profile"), 201);
  })
  .openapi(retire, async (c) => {
    const { id } = c.req.valid("param");
    await withTenant(c.env, c.var.tenantId, async (tx) => {
      if (!(await retireProfile(tx, id))) throw notFound("profile");
      await recordAudit(tx, c.var.actor, { action: "profile.retired", subjectType: "profile", subjectId: id, details: {} });
    });
    return c.body(null, 204);
  });

/** The settings, or the original design's words for them; one of the two, and no word that means nothing. */
function profileOf(given: { profile?: ProfileSettings | undefined; csv_config?: z.infer<typeof csvConfigSchema> | undefined }): ProfileSettings {
  if ((given.profile === undefined) === (given.csv_config === undefined)) {
    throw new Refusal({
      status: 422,
      code: "profile_or_csv_config",
      message: "Give either `profile` or `csv_config`.",
      expected: ["profile", "csv_config"],
    });
  }
  if (given.csv_config === undefined) return given.profile ?? {};
  const { settings, unknown } = settingsOfCsvConfig(given.csv_config);
  if (unknown.length === 0) return settings;
  throw new Refusal({
    status: 422,
    code: "unknown_field",
    message: `column_mapping names fields that are not known: ${unknown.slice(0, 20).join(", ")}. Use posted_on, amount, description and the like.`,
    seen: unknown.slice(0, 20),
  });
}
