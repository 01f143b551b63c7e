/** A pretended API that serves the built dashboard and answers in memory exactly as wire.ts says; for browser tests and for work on the pages. Never for real data. */

import { readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { z } from "@hono/zod-openapi";
import { DECISIONS, OUTCOMES } from "../../src/domain/plan.ts";
import { PROFILE_KINDS } from "../../src/domain/profile.ts";
import { notFound, Refusal } from "../../src/domain/refusal.ts";
import { auditVerifyWire, auditWire } from "../../src/routes/audit-wire.ts";
import { accountWire, balanceWire, mappingWire, transactionDetailWire, transactionWire } from "../../src/routes/book-wire.ts";
import { connectionWire } from "../../src/routes/connection-wire.ts";
import { impactWire, jobDetailWire, jobProblemWire, jobWire, rowWire, uploadAnswerWire, uploadWire } from "../../src/routes/job-wire.ts";
import { invitationWire, memberWire, sessionEntryWire, sessionWire, signInMethodsWire, tenantChoiceWire } from "../../src/routes/people-wire.ts";
import { profileWire, settingsWire } from "../../src/routes/reading-wire.ts";
import { listOf } from "../../src/routes/wire.ts";
import { answerAlerts } from "./dashboard-alerts.ts";
import { answerCompany } from "./dashboard-company.ts";
import { answerConnections, hostedLinkPage, stepRuns } from "./dashboard-connections.ts";
import type { JobBundle } from "./dashboard-jobs.ts";
import { changeMember, endSession, goOver, inviteSomebody, removeMember, revokeInvitation, sessionsOf } from "./dashboard-members.ts";
import { idOf, makeAccounts } from "./dashboard-nouns.ts";
import { sessionOf } from "./dashboard-people.ts";
import { answerReading, approve, balancesOf, decide, deposit, makeWorld, rememberProfile, reparse, step, type World } from "./dashboard-world.ts";

interface Call {
  world: World;
  parameters: string[];
  query: URLSearchParams;
  body: Buffer;
  /** The id of the person who asks. */
  askerId: string;
}

type Answer = { status?: number; body: unknown };
type Handler = (call: Call) => Answer;

export interface DashboardApi {
  address: string;
  world: World;
  stop: () => Promise<void>;
}

/** Serves `distDir` and the pretended API on a free port of this machine. */
export async function startDashboardApi(distDir: string, port = 0): Promise<DashboardApi> {
  const world = makeWorld();
  const server = createServer((request, response) => void answer(world, distDir, request, response));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("The pretended API has no port.");
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { address: `http://127.0.0.1:${bound.port}`, world, stop };
}

/** The Worker's own policy, word for word (a unit test compares them): what would be refused there is refused here. */
export const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const PART_SIZE_BYTES = 40_000_000;

const ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  [
    "GET",
    /^\/api\/jobs$/,
    ({ world, query }) =>
      page(
        jobWire,
        query,
        world.jobs.filter(({ job }) => (query.get("connection_id") ?? job.connection_id) === job.connection_id).map((one) => step(world, one).job),
      ),
  ],
  ["GET", /^\/api\/jobs\/([^/]+)$/, (call) => one(jobDetailWire, stepped(call).job)],
  [
    "GET",
    /^\/api\/jobs\/([^/]+)\/rows$/,
    (call) =>
      page(
        rowWire,
        call.query,
        jobOf(call).rows.filter((row) => row.outcome === (call.query.get("outcome") ?? row.outcome)),
      ),
  ],
  ["GET", /^\/api\/jobs\/([^/]+)\/problems$/, (call) => page(jobProblemWire, call.query, jobOf(call).problems)],
  ["POST", /^\/api\/jobs\/([^/]+)\/decisions$/, (call) => ({ body: { decided: decide(jobOf(call), decisionsSchema.parse(json(call))) } })],
  ["POST", /^\/api\/jobs\/([^/]+)\/approve$/, (call) => changed(call, (bundle) => approve(bundle, approveSchema.parse(json(call)).plan_version))],
  ["POST", /^\/api\/jobs\/([^/]+)\/cancel$/, (call) => changed(call, ({ job }) => Object.assign(job, { stage: "cancelled", status: "failed" }))],
  [
    "POST",
    /^\/api\/jobs\/([^/]+)\/retry$/,
    (call) => changed(call, ({ job }) => Object.assign(job, { status: "running", error_message: null, error_code: null })),
  ],
  [
    "POST",
    /^\/api\/jobs\/([^/]+)\/reading$/,
    (call) => changed(call, (bundle) => answerReading(call.world, bundle, answersSchema.parse(json(call)))),
  ],
  ["POST", /^\/api\/jobs\/([^/]+)\/reparse$/, (call) => ({ status: 202, body: jobDetailWire.parse(reparse(call.world, jobOf(call)).job) })],
  [
    "GET",
    /^\/api\/profiles$/,
    ({ world, query }) =>
      page(
        profileWire,
        query,
        world.profiles.filter(
          (one) => (query.get("format") ?? one.format) === one.format && (query.get("signature") ?? one.signature) === one.signature,
        ),
      ),
  ],
  [
    "POST",
    /^\/api\/profiles$/,
    (call) => ({ status: 201, body: profileWire.parse(rememberProfile(call.world, profileDraftSchema.parse(json(call)))) }),
  ],
  ["GET", /^\/api\/jobs\/([^/]+)\/undo$/, (call) => one(impactWire, impactOf(jobOf(call)))],
  ["POST", /^\/api\/jobs\/([^/]+)\/undo$/, (call) => changed(call, ({ job }) => Object.assign(job, { stage: "undoing" }))],
  [
    "POST",
    /^\/api\/upload\/(auto|custom)$/,
    ({ world, parameters, query, body }) => {
      const fileName = query.get("file_name") ?? "file";
      world.said.push({ fileName, format: parameters[0] ?? "auto", profileId: query.get("profile_id"), accountId: query.get("account_id") });
      return { status: 202, body: uploadAnswerWire.parse(deposit(world, fileName, query.get("connection_id"), body)) };
    },
  ],
  ["POST", /^\/api\/uploads$/, openUpload],
  ["PUT", /^\/api\/uploads\/([^/]+)\/parts\/(\d+)$/, takePart],
  ["POST", /^\/api\/uploads\/([^/]+)\/complete$/, completeUpload],
  [
    "GET",
    /^\/api\/mappings$/,
    ({ world, query }) =>
      page(
        mappingWire,
        query,
        world.mappings.filter(
          (one) =>
            (query.get("status") !== "unmapped" || one.account_id === null) &&
            (query.get("connection_id") ?? one.connection_id) === one.connection_id,
        ),
      ),
  ],
  ["PUT", /^\/api\/mappings\/([^/]+)$/, mapAccount],
  ["GET", /^\/api\/accounts$/, ({ world, query }) => page(accountWire, query, world.accounts)],
  ["POST", /^\/api\/accounts$/, createAccount],
  ["GET", /^\/api\/accounts\/([^/]+)$/, ({ world, parameters }) => one(accountWire, found("account", world.accounts, parameters[0]))],
  [
    "GET",
    /^\/api\/accounts\/([^/]+)\/balances$/,
    ({ world, parameters, query }) => page(balanceWire, query, balancesOf(found("account", world.accounts, parameters[0]))),
  ],
  [
    "GET",
    /^\/api\/connections$/,
    ({ world, query }) =>
      page(
        connectionWire,
        query,
        world.connections.map((connection) => withLastJob(world, connection)),
      ),
  ],
  [
    "GET",
    /^\/api\/connections\/([^/]+)$/,
    ({ world, parameters }) => one(connectionWire, withLastJob(world, found("connection", world.connections, parameters[0]))),
  ],
  ["GET", /^\/api\/transactions$/, listTransactions],
  ["GET", /^\/api\/transactions\/([^/]+)$/, (call) => one(transactionDetailWire, transactionOf(call))],
  ["PATCH", /^\/api\/transactions\/([^/]+)$/, (call) => one(transactionDetailWire, Object.assign(transactionOf(call), editSchema.parse(json(call))))],
  [
    "DELETE",
    /^\/api\/transactions\/([^/]+)$/,
    (call) => one(transactionDetailWire, Object.assign(transactionOf(call), { deleted_at: new Date().toISOString(), deleted_by: idOf("user", 3) })),
  ],
  [
    "POST",
    /^\/api\/transactions\/([^/]+)\/restore$/,
    (call) => one(transactionDetailWire, Object.assign(transactionOf(call), { deleted_at: null, deleted_by: null })),
  ],
  [
    "POST",
    /^\/api\/transactions\/([^/]+)\/reconcile$/,
    (call) => one(transactionDetailWire, Object.assign(transactionOf(call), reconcileSchema.parse(json(call)))),
  ],
  ["GET", /^\/api\/audit$/, ({ world, query }) => page(auditWire, query, world.audit)],
  ["GET", /^\/api\/audit\/verify$/, () => one(auditVerifyWire, { ok: true, sealed: 22, unsealed: 2, first_break: null, why: null })],
];

const MEMBER_ROUTES: readonly (readonly [method: string, path: RegExp, handler: Handler])[] = [
  ["GET", /^\/api\/members$/, ({ world, query }) => page(memberWire, query, world.membership.members)],
  ["PATCH", /^\/api\/members\/([^/]+)$/, (call) => one(memberWire, changeMember(call.world.membership, call.parameters[0], json(call)))],
  ["DELETE", /^\/api\/members\/([^/]+)$/, ({ world, parameters }) => gone(() => removeMember(world.membership, parameters[0]))],
  ["GET", /^\/api\/invitations$/, ({ world, query }) => page(invitationWire, query, world.membership.invitations)],
  ["POST", /^\/api\/invitations$/, (call) => ({ status: 201, body: invitationWire.parse(inviteSomebody(call.world.membership, json(call))) })],
  ["DELETE", /^\/api\/invitations\/([^/]+)$/, ({ world, parameters }) => one(invitationWire, revokeInvitation(world.membership, parameters[0]))],
  [
    "GET",
    /^\/api\/sessions$/,
    ({ world, query, askerId }) => page(sessionEntryWire, query, sessionsOf(world.membership, query.get("user_id") ?? askerId, askerId)),
  ],
  ["DELETE", /^\/api\/sessions\/([^/]+)$/, ({ world, parameters }) => gone(() => endSession(world.membership, parameters[0]))],
  [
    "GET",
    /^\/api\/session\/tenants$/,
    ({ world: { membership }, query }) =>
      page(
        tenantChoiceWire,
        query,
        membership.tenants.map((tenant) => ({ ...tenant, is_current: tenant.id === membership.tenantId })),
      ),
  ],
  ["POST", /^\/api\/session\/tenant$/, (call) => gone(() => goOver(call.world.membership, json(call)))],
];

function gone(work: () => void): Answer {
  work();
  return { status: 204, body: null };
}

const decisionsSchema = z.union([
  z.array(z.object({ row_id: z.string(), decision: z.enum(DECISIONS) })),
  z.object({ where: z.object({ outcome: z.enum(OUTCOMES) }), decision: z.enum(DECISIONS) }),
]);
const answersSchema = z.strictObject({ settings: settingsWire, remember: z.string().nullable() });
const profileDraftSchema = z.strictObject({
  name: z.string().min(1),
  format: z.enum(PROFILE_KINDS),
  signature: z.string().min(1),
  profile: settingsWire,
});
const approveSchema = z.object({ plan_version: z.number().optional() });
const editSchema = z.object({ category: z.string().nullable(), note: z.string().nullable() });
const reconcileSchema = z.object({ reconciled: z.boolean() });
const accountSchema = z.object({
  name: z.string().min(1),
  currency: z.string().length(3),
  account_type: z.enum(["checking", "savings", "credit", "loan", "other"]),
  account_number: z.string().optional(),
});
const uploadSchema = z.object({ connection_id: z.string().optional(), file_name: z.string(), format: z.literal("auto"), size_bytes: z.number() });
const mapSchema = z.object({ account_id: z.string(), verified: z.literal(true) });

async function answer(world: World, distDir: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  response.setHeader("content-security-policy", PAGE_POLICY);
  response.setHeader("x-content-type-options", "nosniff");
  if (url.pathname === "/hosted-link") return sendPage(response, hostedLinkPage(url));
  if (!url.pathname.startsWith("/api/") && !url.pathname.startsWith("/auth/")) return sendFile(distDir, url.pathname, response);
  const body = await bytesOf(request);
  try {
    const email = /session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    const session = sessionOf(decodeURIComponent(email));
    if (url.pathname === "/auth/methods") return send(response, 200, signInMethodsWire.parse(world.membership.methods));
    if (url.pathname === "/auth/local") return signIn(body, response);
    if (url.pathname === "/auth/sign-out") return send(response.setHeader("set-cookie", "session=; Path=/; Max-Age=0"), 204, null);
    if (session === null) throw new Refusal({ status: 401, code: "not_signed_in", message: "Nobody is signed in. Sign in and try again." });
    const { tenants, tenantId } = world.membership;
    const tenant = tenants.find((one) => one.id === tenantId) ?? session.tenant;
    if (url.pathname === "/api/session") return send(response, 200, sessionWire.parse({ ...session, tenant }));
    if (request.method !== "GET" && session.role === "viewer" && !url.pathname.startsWith("/api/session"))
      throw new Refusal({ status: 403, code: "forbidden", message: "A viewer may only read." });
    const result = route(world, request.method ?? "GET", url, { body, askerId: session.user.id });
    return send(response, result.status ?? 200, result.body);
  } catch (error) {
    return sendProblem(response, error);
  }
}

function route(world: World, method: string, url: URL, asked: Pick<Call, "body" | "askerId">): Answer {
  for (const [routeMethod, pattern, handler] of [...ROUTES, ...MEMBER_ROUTES]) {
    const match = routeMethod === method ? pattern.exec(url.pathname) : null;
    if (match !== null) return handler({ world, parameters: match.slice(1), query: url.searchParams, ...asked });
  }
  const connected = answerConnections(world, method, url, asked.body);
  if (connected !== null) return connected;
  const company = answerCompany(world.company, method, url.pathname, asked.body);
  if (company !== null) return company;
  const told = answerAlerts(world.alerts, method, url, asked.body);
  if (told !== null) return told;
  throw notFound("address");
}

function signIn(body: Buffer, response: ServerResponse): void {
  const { email } = z.object({ email: z.string() }).parse(JSON.parse(body.toString()));
  const session = sessionOf(email);
  if (session === null) throw new Refusal({ status: 401, code: "unknown_person", message: "Nobody with this e-mail belongs to a company here." });
  send(response.setHeader("set-cookie", `session=${encodeURIComponent(email)}; Path=/; HttpOnly; SameSite=Lax`), 200, sessionWire.parse(session));
}

function listTransactions({ world, query }: Call): Answer {
  const text = (query.get("q") ?? "").toLowerCase();
  const hits = world.transactions.filter(
    (one) =>
      (query.get("account_id") ?? one.account_id) === one.account_id &&
      (query.get("job_id") ?? one.import_job_id) === one.import_job_id &&
      one.posted_on >= (query.get("from") ?? "") &&
      one.posted_on <= (query.get("to") ?? "9999") &&
      `${one.description} ${one.bank_reference} ${one.amount_minor}`.toLowerCase().includes(text),
  );
  return page(transactionWire, query, hits);
}

function openUpload({ world, body }: Call): Answer {
  const draft = uploadSchema.parse(JSON.parse(body.toString()));
  const id = idOf("upload", world.uploads.size + 1);
  world.uploads.set(id, { fileName: draft.file_name, connectionId: draft.connection_id ?? null, sizeBytes: draft.size_bytes, parts: new Map() });
  const upload = {
    id,
    connection_id: draft.connection_id ?? idOf("connection", 1),
    file_name: draft.file_name,
    format: draft.format,
    size_bytes: draft.size_bytes,
    part_size_bytes: PART_SIZE_BYTES,
    parts: [],
    job_id: null,
    completed_at: null,
    created_at: new Date().toISOString(),
  };
  return { status: 201, body: uploadWire.parse(upload) };
}

function takePart({ world, parameters, body }: Call): Answer {
  if (world.partFailures > 0) {
    world.partFailures -= 1;
    throw new Refusal({ status: 503, code: "storage_unavailable", message: "The storage does not answer." });
  }
  world.uploads.get(parameters[0] ?? "")?.parts.set(Number(parameters[1]), body);
  return { body: { part_no: Number(parameters[1]), size_bytes: body.length } };
}

function completeUpload({ world, parameters }: Call): Answer {
  const upload = world.uploads.get(parameters[0] ?? "");
  if (upload === undefined) throw notFound("upload");
  const bytes = Buffer.concat([...upload.parts].toSorted(([a], [b]) => a - b).map(([, part]) => part));
  if (bytes.length !== upload.sizeBytes)
    throw new Refusal({ status: 409, code: "parts_missing", message: `${bytes.length} bytes arrived, ${upload.sizeBytes} were announced.` });
  return { status: 202, body: uploadAnswerWire.parse(deposit(world, upload.fileName, upload.connectionId, bytes)) };
}

function mapAccount(call: Call): Answer {
  const { world, parameters } = call;
  const mapping = found("mapping", world.mappings, parameters[0]);
  const account = found("account", world.accounts, mapSchema.parse(json(call)).account_id);
  if (mapping.booked_rows && mapping.account_id !== account.id) {
    throw new Refusal({
      status: 409,
      code: "booked_rows",
      message: "Rows of this account are in the books. Undo their imports first, then map it anew.",
    });
  }
  return one(
    mappingWire,
    Object.assign(mapping, { account_id: account.id, account_name: account.name, verified: true, waiting_rows: 0, waiting_jobs: 0 }),
  );
}

function createAccount(call: Call): Answer {
  const { account_number: number, ...draft } = accountSchema.parse(json(call));
  const [model] = makeAccounts();
  const account = {
    ...model,
    ...draft,
    id: idOf("account", call.world.accounts.length + 1),
    last_four: number?.slice(-4) ?? null,
    entity_name: null,
    transaction_count: 0,
    current_balance_minor: null,
    current_as_of_at: null,
    available_balance_minor: null,
    available_as_of_at: null,
  };
  const made = accountWire.parse(account);
  call.world.accounts.push(made);
  return { status: 201, body: made };
}

function withLastJob(world: World, connection: World["connections"][number]) {
  stepRuns(world, connection);
  const last = world.jobs.find(({ job }) => job.connection_id === connection.id)?.job;
  if (last === undefined) return connection;
  const { id, status, stage, file_name, created_at } = last;
  return { ...connection, last_job: { id, status, stage, file_name, created_at } };
}

function impactOf({ job, rows }: JobBundle) {
  const removed = rows.filter((row) => row.imported).length;
  const blocker = {
    code: "reconciled",
    transaction_id: idOf("transaction", 3),
    job_id: null,
    message: "One transaction of 20 Nov 2026 is reconciled. Mark it as not reconciled first.",
  };
  const blockers = job.id === idOf("job", 4) ? [blocker] : [];
  return {
    possible: blockers.length === 0,
    transactions_removed: removed,
    transactions_kept: 1,
    transactions_restored: 0,
    transactions_reverted: 0,
    balances_removed: 3,
    blockers,
  };
}

function jobOf({ world, parameters }: Call): JobBundle {
  const bundle = world.jobs.find(({ job }) => job.id === parameters[0]);
  if (bundle === undefined) throw notFound("job");
  return bundle;
}

function stepped(call: Call): JobBundle {
  const bundle = jobOf(call);
  step(call.world, bundle);
  return bundle;
}

function changed(call: Call, change: (bundle: JobBundle) => unknown): Answer {
  const bundle = jobOf(call);
  change(bundle);
  return { status: 202, body: jobDetailWire.parse(bundle.job) };
}

function transactionOf({ world, parameters }: Call) {
  return found("transaction", world.transactions, parameters[0]);
}

function found<T extends { id: string }>(noun: string, all: readonly T[], id: string | undefined): T {
  const hit = all.find((candidate) => candidate.id === id);
  if (hit === undefined) throw notFound(noun);
  return hit;
}

function one(schema: z.ZodType, value: unknown): Answer {
  return { body: schema.parse(value) };
}

function page<T extends z.ZodType>(schema: T, query: URLSearchParams, all: readonly unknown[]): Answer {
  const from = Number(query.get("cursor") ?? 0);
  const to = from + Number(query.get("limit") ?? 50);
  return { body: listOf(schema).parse({ data: all.slice(from, to), next_cursor: to < all.length ? `${to}` : null }) };
}

function json({ body }: Call): unknown {
  return JSON.parse(body.toString());
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(body === null ? "" : JSON.stringify(body));
}

function sendPage(response: ServerResponse, html: string): void {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.end(html);
}

function sendProblem(response: ServerResponse, error: unknown): void {
  const broken = { status: 500, code: "fake_broken", message: `${error}`, more: {} };
  const { status, code, message, more = {} } = error instanceof Refusal ? error.details : broken;
  response.statusCode = status;
  response.setHeader("content-type", "application/problem+json");
  response.end(JSON.stringify({ type: "about:blank", title: code, status, code, detail: message, request_id: "0f6a2c1e", ...more }));
}

const TYPES: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

function sendFile(distDir: string, pathname: string, response: ServerResponse): void {
  const wanted = path.join(distDir, path.normalize(pathname));
  const isFile = pathname !== "/" && statSync(wanted, { throwIfNoEntry: false })?.isFile() === true;
  if (!isFile && path.extname(pathname) !== "") {
    response.statusCode = 404;
    response.end("Not found");
    return;
  }
  const file = isFile ? wanted : path.join(distDir, "index.html");
  response.setHeader("content-type", TYPES[path.extname(file)] ?? "application/octet-stream");
  response.end(readFileSync(file));
}
