/** A company on the real road: the real app in front, the real stages behind, the outbox carried by hand. Nothing sleeps and no queue runs. */
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import * as z from "zod";
import { type JobId, parseId } from "../../../src/domain/ids.ts";
import { type Message, messageSchema } from "../../../src/domain/messages.ts";
import type { Outcome } from "../../../src/domain/plan.ts";
import { type Role, TOKEN_SCOPES } from "../../../src/domain/roles.ts";
import type { Env } from "../../../src/env.ts";
import { randomToken } from "../../../src/lib/crypto.ts";
import { road } from "../../../src/queue.ts";
import { app } from "../../../src/routes/app.ts";
import { accountWire, balanceWire, mappingWire, transactionDetailWire, transactionWire } from "../../../src/routes/book-wire.ts";
import { jobDetailWire, jobProblemWire, rowWire, uploadAnswerWire } from "../../../src/routes/job-wire.ts";
import type { StageResult } from "../../../src/store/stage.ts";
import { lookupHash } from "../../../src/store/vault.ts";
import { HERE, post, signIn } from "./door.ts";
import { asOwner, type FreshTenant, freshTenant } from "./tenants.ts";

export interface Answer {
  status: number;
  headers: Headers;
  /** The JSON that came; `{ text }` where it was none. */
  body: Record<string, unknown>;
}

/** Headers that say who asks. */
type Credentials = Record<string, string>;

export type Job = z.infer<typeof jobDetailWire>;
export type Row = z.infer<typeof rowWire>;
export type Transaction = z.infer<typeof transactionWire>;
type Balance = z.infer<typeof balanceWire>;
type Mapping = z.infer<typeof mappingWire>;

/** 200 rounds: a road that does not come to its end in so many is going round in circles. */
const ROUNDS_MAX = 200;

/** A fresh company with a service token that may all that a token may. */
export async function openRoad(): Promise<Road> {
  const tenant = await freshTenant();
  const token = randomToken("sti_");
  await asOwner("insert into api_tokens (tenant_id, name, token_hash, scopes) values ($1, 'Bank', sha256(convert_to($2, 'UTF8')), $3)", [
    tenant.tenantId,
    token,
    [...TOKEN_SCOPES],
  ]);
  return new Road(tenant, { authorization: `Bearer ${token}` });
}

export class Road {
  readonly tenant: FreshTenant;
  /** The token's. */
  readonly credentials: Credentials;

  constructor(tenant: FreshTenant, credentials: Credentials) {
    this.tenant = tenant;
    this.credentials = credentials;
  }

  get tenantId() {
    return this.tenant.tenantId;
  }

  /** Signs a person in; what they ask with. */
  async as(role: Role): Promise<Credentials> {
    return { cookie: await signIn(this.tenant.people[role].email), origin: HERE };
  }

  /** Asks the real app with the service token, or as somebody else. A body of bytes goes as it is, anything else as JSON. */
  api(method: string, path: string, body?: unknown, credentials: Credentials = this.credentials): Promise<Answer> {
    return askApp(method, path, body, credentials);
  }

  /** As `api`, for what must succeed. */
  async ok(method: string, path: string, body?: unknown, credentials?: Credentials): Promise<Record<string, unknown>> {
    const answer = await this.api(method, path, body, credentials);
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  }

  /** Carries every message of this company's outbox until none is left; how many there were. */
  async travel(): Promise<number> {
    let carried = 0;
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const messages = await this.takeOutbox();
      if (messages.length === 0) return carried;
      for (const message of messages) {
        const result = await carry(message);
        carried += 1;
        if (!result.done) throw new Error(`${message.type} found its job busy, though nobody else is at work.`);
      }
    }
    throw new Error("The road has no end.");
  }

  /** The unsent messages, marked as sent, in the order in which they were written. */
  async takeOutbox(): Promise<Message[]> {
    const rows = await asOwner(
      `with taken as (update outbox set sent_at = now() where tenant_id = $1 and sent_at is null returning id, message_type, job_id)
       select * from taken order by id`,
      [this.tenantId],
    );
    return rows.map((row) =>
      messageSchema.parse({ type: row["message_type"], tenant_id: this.tenantId, job_id: row["job_id"] ?? undefined, outbox_id: row["id"] }),
    );
  }

  /** A connection of its own for files; its id. */
  async connection(config: Record<string, unknown> = {}): Promise<string> {
    const name = `Bank ${crypto.randomUUID()}`;
    const body = await this.ok("POST", "/api/connections", { name, connection_type: "bai2", config }, await this.as("admin"));
    return z.object({ id: z.uuid() }).parse(body).id;
  }

  /** An account whose number is mapped already, as if a person had confirmed it, on the default connection; its id. */
  async knows(number: string, draft: { currency?: string; account_type?: string; time_zone?: string } = {}): Promise<string> {
    const hash = await lookupHash(env, this.tenantId, number);
    const { currency = "USD", account_type: type = "checking", time_zone: zone = "UTC" } = draft;
    const [row] = await asOwner(
      `with feed as (insert into connections (tenant_id, name, connection_type, is_default) values ($1, 'Uploaded files', 'file', true)
                     on conflict (tenant_id) where is_default and deleted_at is null do update set updated_at = now() returning id),
            own as (insert into accounts (tenant_id, name, currency, account_type, time_zone, account_number_hash, last_four)
                    values ($1, 'Operating', $3, $4, $5, $2, right($6, 4)) returning id)
       insert into account_mappings (tenant_id, connection_id, external_account_id, last_four, currency, account_id, verified, verified_at)
       select $1, feed.id, $2, right($6, 4), $3, own.id, true, now() from feed, own returning account_id`,
      [this.tenantId, hash, currency, type, zone, number],
    );
    return z.object({ account_id: z.uuid() }).parse(row).account_id;
  }

  async account(
    draft: { name?: string; currency?: string; account_type?: string; time_zone?: string; account_number?: string } = {},
  ): Promise<string> {
    const body = await this.ok("POST", "/api/accounts", { name: "Operating", currency: "USD", ...draft });
    return accountWire.parse(body).id;
  }

  /** Uploads without travelling. */
  async deposit(
    file: Uint8Array,
    query: { connection_id?: string | undefined; file_name?: string; profile_id?: string; account_id?: string } = {},
    format = "bai2",
  ): Promise<{ status: number; jobId: JobId; duplicate: boolean }> {
    const search = new URLSearchParams(Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
    const answer = await this.api("POST", `/api/upload/${format}?${search}`, file);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    const { job, duplicate } = uploadAnswerWire.parse(answer.body);
    return { status: answer.status, jobId: parseId<JobId>(job.id), duplicate };
  }

  /** Uploads, and travels until the file waits for somebody. */
  async upload(file: Uint8Array, connectionId?: string): Promise<Job> {
    const { jobId } = await this.deposit(file, { connection_id: connectionId });
    await this.travel();
    return this.job(jobId);
  }

  /** Uploads, maps what is not mapped to accounts of the same currency, and approves what is not open: all the way into the books. */
  async book(file: Uint8Array, connectionId?: string): Promise<Job> {
    const job = await this.upload(file, connectionId);
    if (job.stage === "done") return job;
    if (job.outcomes.unmapped !== 0 || job.stage === "needs_mapping") {
      await this.mapAll();
      await this.travel();
    }
    return this.approve(job.id);
  }

  async approve(jobId: string, body: { plan_version?: number } = {}): Promise<Job> {
    await this.ok("POST", `/api/jobs/${jobId}/approve`, body);
    await this.travel();
    return this.job(jobId);
  }

  async decide(jobId: string, body: unknown): Promise<void> {
    await this.ok("POST", `/api/jobs/${jobId}/decisions`, body);
  }

  async undo(jobId: string): Promise<Job> {
    await this.ok("POST", `/api/jobs/${jobId}/undo`);
    await this.travel();
    return this.job(jobId);
  }

  async job(jobId: string): Promise<Job> {
    return jobDetailWire.parse(await this.ok("GET", `/api/jobs/${jobId}`));
  }

  rows(jobId: string, outcome?: Outcome): Promise<Row[]> {
    return this.list(`/api/jobs/${jobId}/rows?limit=200${outcome === undefined ? "" : `&outcome=${outcome}`}`, rowWire);
  }

  problems(jobId: string) {
    return this.list(`/api/jobs/${jobId}/problems?limit=200`, jobProblemWire);
  }

  /** What stands in the books, in the order of its days and amounts. */
  async transactions(query = ""): Promise<Transaction[]> {
    const found = await this.list(`/api/transactions?limit=200&${query}`, transactionWire);
    return found.sort(
      (a, b) => a.posted_on.localeCompare(b.posted_on) || Number(a.amount_minor) - Number(b.amount_minor) || a.id.localeCompare(b.id),
    );
  }

  /** The amounts in the books, in the order of `transactions`. */
  async amounts(query = ""): Promise<string[]> {
    return (await this.transactions(query)).map((row) => row.amount_minor);
  }

  async transaction(id: string): Promise<z.infer<typeof transactionDetailWire>> {
    return transactionDetailWire.parse(await this.ok("GET", `/api/transactions/${id}`));
  }

  balances(accountId: string, query = ""): Promise<Balance[]> {
    return this.list(`/api/accounts/${accountId}/balances?limit=200&${query}`, balanceWire);
  }

  async accountNow(accountId: string): Promise<z.infer<typeof accountWire>> {
    return accountWire.parse(await this.ok("GET", `/api/accounts/${accountId}`));
  }

  mappings(query = ""): Promise<Mapping[]> {
    return this.list(`/api/mappings?${query}`, mappingWire);
  }

  /** Confirms the one mapping that waits and ends with these digits. */
  async map(lastFour: string, accountId: string): Promise<Answer> {
    const mapping = (await this.mappings("status=unmapped")).find((each) => each.last_four === lastFour);
    if (mapping === undefined) throw new Error(`No mapping waits for an account that ends in ${lastFour}.`);
    return this.api("PUT", `/api/mappings/${mapping.id}`, { account_id: accountId, verified: true });
  }

  /** Every mapping that waits gets its suggestion, or an account made for it. */
  async mapAll(): Promise<void> {
    for (const mapping of await this.mappings("status=unmapped")) {
      const accountId =
        mapping.suggested_account_id ??
        (await this.account({ name: `Account ${mapping.last_four} ${mapping.connection_name}`, currency: mapping.currency ?? "USD" }));
      await this.ok("PUT", `/api/mappings/${mapping.id}`, { account_id: accountId, verified: true });
    }
  }

  /** All rows of the books' tables as they rest, but for the moment at which an account's row was last touched. */
  async dump(): Promise<Record<string, unknown>> {
    const tables = {
      transactions: "select to_jsonb(x) as row from transactions x where tenant_id = $1 order by id",
      sightings: "select to_jsonb(x) as row from sightings x where tenant_id = $1 order by transaction_id, statement_id, line_start, byte_start",
      revisions: "select to_jsonb(x) as row from transaction_revisions x where tenant_id = $1 order by transaction_id, version",
      balances: "select to_jsonb(x) as row from account_balances x where tenant_id = $1 order by id",
      accounts: "select to_jsonb(x) - 'updated_at' - 'books_version' as row from accounts x where tenant_id = $1 order by id",
    };
    const found: Record<string, unknown> = {};
    for (const [name, query] of Object.entries(tables)) found[name] = await asOwner(query, [this.tenantId]);
    return found;
  }

  private async list<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>[]> {
    const found = z.object({ data: z.array(schema), next_cursor: z.string().nullable() }).parse(await this.ok("GET", path));
    if (found.next_cursor !== null) throw new Error(`${path} has a second page; this test's world is too large.`);
    return found.data;
  }
}

/** One message through its stage, as the queue's consumer would. `settings` stand in for the environment's own. */
export function carry(message: Message, settings: Partial<Env> = {}): Promise<StageResult> {
  const world: Env = { ...env, ...settings };
  switch (message.type) {
    case "sync.due":
      return road["sync.due"](world, message);
    case "job.deposited":
      return road["job.deposited"](world, message);
    case "job.parsed":
      return road["job.parsed"](world, message);
    case "job.approved":
      return road["job.approved"](world, message);
    case "job.undo":
      return road["job.undo"](world, message);
    case "alert.raised":
      return road["alert.raised"](world, message);
  }
}

const jsonBody = z.record(z.string(), z.unknown());

async function askApp(method: string, path: string, body: unknown, credentials: Credentials): Promise<Answer> {
  const response = await app.fetch(new Request(HERE + path, initOf(method, body, credentials)), env);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get("content-type") ?? "");
  return { status: response.status, headers: response.headers, body: isJson ? jsonBody.parse(JSON.parse(text)) : { text } };
}

function initOf(method: string, body: unknown, credentials: Credentials): RequestInit {
  if (body === undefined) return { method, headers: credentials };
  if (body instanceof Uint8Array) {
    return { method, body, headers: { "content-type": "application/octet-stream", "content-length": String(body.byteLength), ...credentials } };
  }
  return { ...post(body, credentials), method };
}
