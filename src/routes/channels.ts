/** Notification channels: made, changed, tried, removed. A secret goes in and never comes out; one that is made here is shown once. */
import { createRoute, z } from "@hono/zod-openapi";
import { emailConfigSchema, slackUrl, webhookCredentials, webhookSecret, webhookUrl } from "../domain/alert-channel.ts";
import { ALERT_EVENTS, type ChannelType } from "../domain/alerts.ts";
import { type ChannelId, idSchema, type TenantId } from "../domain/ids.ts";
import { notFound, Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { randomBytes, toBase64 } from "../lib/crypto.ts";
import { refusedAddress } from "../lib/public-address.ts";
import { saveRules } from "../store/alert-rules.ts";
import { recordAudit } from "../store/audit.ts";
import {
  type ChannelRow,
  channelCredentials,
  findChannel,
  insertChannel,
  listChannels,
  removeChannel,
  setChannelCredentials,
  updateChannel,
} from "../store/channels.ts";
import { raiseTest } from "../store/outbox.ts";
import { type Tx, withTenant } from "../store/tenant.ts";
import type { VaultEnv } from "../store/vault.ts";
import { channelWire, createdChannelWire } from "./alert-wire.ts";
import { asWire, body, idParam, json } from "./answer.ts";
import { permit } from "./principal.ts";
import { newRoutes, problems } from "./problem.ts";
import { listOf } from "./wire.ts";

const tags = ["Alerts"];
const params = idParam(idSchema<ChannelId>());

/** 20 channels × 10 events: a list that a person oversees. */
const CHANNELS_MAX = 20;

const common = {
  name: z.string().trim().min(1).max(100),
  digest_minutes: z.number().int().min(0).max(1_440).default(5),
  events: z
    .array(z.enum(ALERT_EVENTS))
    .max(ALERT_EVENTS.length)
    .default([...ALERT_EVENTS])
    .openapi({ description: "What it is told; left out: everything." }),
};
const draft = z
  .discriminatedUnion("channel_type", [
    z.strictObject({ ...common, channel_type: z.literal("slack"), credentials: z.strictObject({ url: slackUrl }) }),
    z.strictObject({ ...common, channel_type: z.literal("email"), config: emailConfigSchema }),
    z.strictObject({
      ...common,
      channel_type: z.literal("webhook"),
      credentials: z.strictObject({
        url: webhookUrl,
        secret: webhookSecret.optional().openapi({ description: "Left out: one is made and shown once." }),
      }),
    }),
  ])
  .openapi("NotificationChannelDraft");
const change = z
  .strictObject({
    name: common.name.optional(),
    digest_minutes: z.number().int().min(0).max(1_440).optional(),
    enabled: z.boolean().optional(),
    config: emailConfigSchema.optional().openapi({ description: "Of an e-mail channel." }),
  })
  .openapi("NotificationChannelChange");
const newCredentials = z
  .strictObject({
    url: z.string().min(1).max(2_000).optional(),
    secret: z
      .union([webhookSecret, z.literal("new")])
      .optional()
      .openapi({ description: "new: one is made and shown once." }),
  })
  .refine(({ url, secret }) => url !== undefined || secret !== undefined, "a url, a secret or both")
  .openapi("NotificationChannelCredentials");

const list = createRoute({
  method: "get",
  path: "/api/notification-channels",
  tags,
  summary: "Every channel, and how it fares",
  middleware: [permit("alerts:read")] as const,
  responses: { 200: json(listOf(channelWire), "By name."), ...problems(401, 403) },
});
const create = createRoute({
  method: "post",
  path: "/api/notification-channels",
  tags,
  summary: "Make a channel with its rules",
  middleware: [permit("alerts:write")] as const,
  request: { body: body(draft) },
  responses: { 201: json(createdChannelWire, "Made."), ...problems(400, 401, 403, 409) },
});
const update = createRoute({
  method: "patch",
  path: "/api/notification-channels/{id}",
  tags,
  summary: "Change what is given; what waits is tried at once",
  middleware: [permit("alerts:write")] as const,
  request: { params, body: body(change) },
  responses: { 200: json(channelWire, "Changed."), ...problems(400, 401, 403, 404, 422) },
});
const setCredentials = createRoute({
  method: "put",
  path: "/api/notification-channels/{id}/credentials",
  tags,
  summary: "Replace the address, the signing secret or both; what is not given stays",
  middleware: [permit("alerts:write")] as const,
  request: { params, body: body(newCredentials) },
  responses: { 200: json(createdChannelWire, "Set; what waits is tried at once."), ...problems(400, 401, 403, 404, 422) },
});
const test = createRoute({
  method: "post",
  path: "/api/notification-channels/{id}/test",
  tags,
  summary: "Send a test the way that alerts go; its message says what came of it",
  middleware: [permit("alerts:write")] as const,
  request: { params },
  responses: { 202: json(z.object({ alert_id: z.uuid() }), "On its way."), ...problems(400, 401, 403, 404, 409) },
});
const remove = createRoute({
  method: "delete",
  path: "/api/notification-channels/{id}",
  tags,
  summary: "Tell this channel nothing more and forget its secrets; what was sent stays readable",
  middleware: [permit("alerts:write")] as const,
  request: { params },
  responses: { 204: { description: "Gone." }, ...problems(400, 401, 403, 404) },
});

export const channelRoutes = newRoutes()
  .openapi(list, async (c) => {
    const rows = await withTenant(c.env, c.var.tenantId, listChannels);
    return c.json({ data: rows.map(toWire), next_cursor: null }, 200);
  })
  .openapi(create, async (c) => {
    const given = c.req.valid("json");
    const { tenantId, actor } = c.var;
    const made = await withTenant(c.env, tenantId, async (tx) => {
      if ((await listChannels(tx)).length >= CHANNELS_MAX) throw tooMany();
      const config = given.channel_type === "email" ? given.config : {};
      const id = await insertChannel(tx, {
        tenantId,
        name: given.name,
        channelType: given.channel_type,
        config,
        digestMinutes: given.digest_minutes,
        createdBy: actor.userId,
      });
      const secret =
        given.channel_type === "email"
          ? undefined
          : await keepCredentials(tx, c.env, { tenantId, id, type: given.channel_type, userId: actor.userId, given: given.credentials });
      await saveRules(tx, { channelId: id, events: given.events, connectionId: null, createdBy: actor.userId });
      const details = { channel_type: given.channel_type, events: given.events };
      await recordAudit(tx, actor, { action: "notification_channel.created", subjectType: "notification_channel", subjectId: id, details });
      return { ...(await readWire(tx, id)), ...(secret === undefined ? {} : { secret }) };
    });
    return c.json(made, 201);
  })
  .openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const { name, digest_minutes, enabled, config } = c.req.valid("json");
    const wire = await withTenant(c.env, c.var.tenantId, async (tx) => {
      const before = await findChannel(tx, id);
      if (before === null) throw notFound("notification channel");
      if (config !== undefined && before.channel_type !== "email") throw unfit("Only an e-mail channel has recipients.", before.channel_type);
      await updateChannel(tx, id, {
        ...(name === undefined ? {} : { name }),
        ...(digest_minutes === undefined ? {} : { digest_minutes }),
        ...(enabled === undefined ? {} : { enabled }),
        ...(config === undefined ? {} : { config }),
      });
      const details = { fields: Object.keys(c.req.valid("json")), ...(enabled === undefined ? {} : { enabled }) };
      await recordAudit(tx, c.var.actor, { action: "notification_channel.changed", subjectType: "notification_channel", subjectId: id, details });
      return readWire(tx, id);
    });
    return c.json(wire, 200);
  })
  .openapi(setCredentials, async (c) => {
    const { id } = c.req.valid("param");
    const { tenantId, actor } = c.var;
    const made = await withTenant(c.env, tenantId, async (tx) => {
      const { channel_type: type } = await readWire(tx, id);
      if (type === "email") throw unfit("An e-mail channel has no secret; change its recipients.", type);
      const given = c.req.valid("json");
      const secret = await keepCredentials(tx, c.env, { tenantId, id, type, userId: actor.userId, given });
      const details = { fields: Object.keys(given) };
      await recordAudit(tx, actor, { action: "notification_channel.credentials_set", subjectType: "notification_channel", subjectId: id, details });
      return { ...(await readWire(tx, id)), ...(secret === undefined ? {} : { secret }) };
    });
    return c.json(made, 200);
  })
  .openapi(test, async (c) => {
    const { id } = c.req.valid("param");
    const { tenantId, actor } = c.var;
    const alertId = await withTenant(c.env, tenantId, async (tx) => {
      const channel = await readWire(tx, id);
      if (!channel.enabled)
        throw new Refusal({ status: 409, code: "channel_off", message: "This channel is switched off. Switch it on, then test it." });
      await recordAudit(tx, actor, { action: "notification_channel.tested", subjectType: "notification_channel", subjectId: id });
      return raiseTest(tx, tenantId, id);
    });
    return c.json({ alert_id: alertId }, 202);
  })
  .openapi(remove, async (c) => {
    const { id } = c.req.valid("param");
    await withTenant(c.env, c.var.tenantId, async (tx) => {
      if (!(await removeChannel(tx, id))) throw notFound("notification channel");
      await recordAudit(tx, c.var.actor, { action: "notification_channel.deleted", subjectType: "notification_channel", subjectId: id });
    });
    return c.body(null, 204);
  });

interface Given {
  tenantId: TenantId;
  id: ChannelId;
  type: Exclude<ChannelType, "email">;
  userId: Parameters<typeof insertChannel>[1]["createdBy"];
  given: { url?: string | undefined; secret?: string | undefined };
}

/** Puts what was given into the vault beside what stays; the signing secret where it was made here. */
async function keepCredentials(
  tx: Tx,
  env: VaultEnv & Pick<Env, "ENVIRONMENT">,
  { tenantId, id, type, userId, given }: Given,
): Promise<string | undefined> {
  if (type === "slack") {
    const url = slackUrl.safeParse(given.url);
    if (!url.success || given.secret !== undefined)
      throw unfit("A Slack channel takes one url: that of an incoming webhook at hooks.slack.com.", type);
    await setChannelCredentials(tx, env, { tenantId, id, credentials: { url: url.data }, config: {}, userId });
    return undefined;
  }
  const kept = await channelCredentials(tx, env, tenantId, id);
  const before = kept === null ? {} : webhookCredentials.parse(JSON.parse(kept));
  const made = given.secret === "new" || (given.secret === undefined && kept === null) ? `whsec_${toBase64(randomBytes(32))}` : undefined;
  const credentials = webhookCredentials.safeParse({
    ...before,
    ...(given.url === undefined ? {} : { url: given.url }),
    ...secretOf(made ?? given.secret),
  });
  if (!credentials.success) throw unfit("A webhook takes the url of an https address without a user and password.", type);
  const address = new URL(credentials.data.url);
  const refusal = refusedAddress(address, { allowLoopback: env.ENVIRONMENT === "local" || env.ENVIRONMENT === "test" });
  if (refusal !== null) throw unfit(`This address cannot be sent to (${refusal}): a webhook takes a public https address.`, type);
  const config = { host: address.host };
  await setChannelCredentials(tx, env, { tenantId, id, credentials: credentials.data, config, userId });
  return made;
}

const secretOf = (secret: string | undefined) => (secret === undefined ? {} : { secret });

function unfit(message: string, seen: string): Refusal {
  return new Refusal({ status: 422, code: "channel_settings_refused", message, seen });
}

function tooMany(): Refusal {
  const message = `A company has at most ${CHANNELS_MAX} channels. Remove one that is not needed any more.`;
  return new Refusal({ status: 409, code: "too_many_channels", message, expected: CHANNELS_MAX });
}

async function readWire(tx: Tx, id: ChannelId): Promise<z.infer<typeof channelWire>> {
  const row = await findChannel(tx, id);
  if (row === null) throw notFound("notification channel");
  return toWire(row);
}

function toWire(row: ChannelRow): z.infer<typeof channelWire> {
  return asWire(channelWire, {
    ...row,
    credentials: { set: row.has_credentials, set_at: row.credentials_set_at, set_by: row.credentials_set_by },
    last_error: row.last_error === null ? null : { code: row.last_error_code ?? "unknown", message: row.last_error, at: row.last_error_at },
  });
}
