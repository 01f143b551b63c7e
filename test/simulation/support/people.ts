/** What people do while the road is busy: they map, review, approve, cancel, retry, undo, reconcile, delete, restore and note, by the house's own verbs. */
import type pg from "pg";
import type { Actor } from "../../../src/domain/actor.ts";
import { type AccountId, type JobId, type MappingId, parseId } from "../../../src/domain/ids.ts";
import { ALLOWED_DECISIONS, DECISIONS, type Decision, OUTCOMES } from "../../../src/domain/plan.ts";
import { Refusal } from "../../../src/domain/refusal.ts";
import type { Env } from "../../../src/env.ts";
import { deletePerson, editPeople, reconcilePerson, restorePerson } from "../../../src/pipeline/annotate.ts";
import { mapAccount } from "../../../src/pipeline/map.ts";
import { approveJob, cancelJob, decideRows, retryJob } from "../../../src/pipeline/review.ts";
import { requestUndo } from "../../../src/pipeline/undo.ts";
import { closeDeadLetters } from "../../../src/store/dead-letters.ts";
import { type Tx, withTenant } from "../../../src/store/tenant.ts";
import type { Chance } from "../../harness/random.ts";
import type { Company } from "./world.ts";

/** One request of a person: what it is called, what it does, and what is true once it has committed. */
export interface Act {
  name: string;
  run: () => Promise<unknown>;
  committed?: () => void;
}

export interface JobSeen {
  id: string;
  tenant_id: string;
  stage: string;
  status: string;
  plan_version: number;
  error_code: string | null;
}

export class People {
  private readonly env: Env;
  private readonly sql: pg.Client;
  private readonly chance: Chance;
  /** Jobs whose retry was refused for good: their bytes stand in another job. */
  readonly hopeless = new Set<string>();

  constructor(env: Env, sql: pg.Client, chance: Chance) {
    this.env = env;
    this.sql = sql;
    this.chance = chance;
  }

  /** Something that a person of the company does now; null where there is nothing to do. `isDiligent`: only what brings jobs to their end. */
  async next(company: Company, jobs: JobSeen[], isDiligent: boolean): Promise<Act | null> {
    const own = jobs.filter((job) => job.tenant_id === company.tenantId);
    const stuck = own.find(
      (job) => job.status === "failed" && job.stage !== "cancelled" && !(isDiligent && (job.error_code !== "gave_up" || this.hopeless.has(job.id))),
    );
    const review = own.find((job) => job.stage === "in_review");
    const wish = isDiligent ? 0 : this.chance.below(100);
    if (wish < 70)
      return (await this.mapNext(company, isDiligent)) ?? (review && this.review(company, review, isDiligent)) ?? this.retry(company, stuck);
    if (wish < 75) return this.onJob(company, own, ["deposited", "parsing", "matching", "needs_mapping", "in_review"], "cancel", cancelJob);
    if (wish < 85)
      return this.onJob(
        company,
        own.filter((job) => job.stage === "done" || job.status === "failed"),
        ["done", "importing"],
        "undo",
        requestUndo,
      );
    return this.touchRow(company);
  }

  private act(company: Company) {
    const actor: Actor = { userId: company.userId, tokenId: null, ip: null };
    return { tenantId: company.tenantId, actor };
  }

  private within(company: Company, work: (tx: Tx) => Promise<unknown>): () => Promise<unknown> {
    return () => withTenant(this.env, company.tenantId, work);
  }

  private async mapNext(company: Company, isDiligent: boolean): Promise<Act | null> {
    const { rows } = await this.sql.query<{ id: string; connection_id: string; last_four: string; verified: boolean }>(
      "select id, connection_id, last_four, verified from account_mappings where tenant_id = $1 order by verified, id",
      [company.tenantId],
    );
    const open = rows.filter((row) => !row.verified);
    const mapping = open[0] ?? (!isDiligent && this.chance.percent(8) ? rows[0] : undefined);
    if (mapping === undefined) return null;
    const feed = company.feeds.find((each) => each.connectionId === mapping.connection_id);
    const right = [...(feed?.accountOf ?? [])].find(([number]) => number.endsWith(mapping.last_four))?.[1];
    if (right === undefined) throw new Error("A mapping is of no bank's number.");
    // Now and then somebody takes a mapping back; another time it is confirmed again.
    const accountId = mapping.verified ? null : parseId<AccountId>(right);
    const change = { mappingId: parseId<MappingId>(mapping.id), accountId, verified: accountId !== null };
    return {
      name: `map ${mapping.last_four} ${accountId === null ? "to nothing" : ""}`,
      run: this.within(company, (tx) => mapAccount(tx, this.act(company), change)),
    };
  }

  private async review(company: Company, job: JobSeen, isDiligent: boolean): Promise<Act> {
    const act = { ...this.act(company), jobId: parseId<JobId>(job.id) };
    const { rows } = await this.sql.query<{ seq: string; outcome: string; target_id: string | null; decision: string | null }>(
      "select seq, outcome, target_id, decision from plan_rows where tenant_id = $1 and job_id = $2 and imported_at is null order by seq",
      [company.tenantId, job.id],
    );
    const decisions = rows.flatMap((row) => {
      const outcome = OUTCOMES.find((each) => each === row.outcome);
      if (outcome === undefined || row.decision !== null) return [];
      const isOpen = outcome === "possible_duplicate" || outcome === "conflict" || outcome === "removal";
      if (!isOpen && (isDiligent || !this.chance.percent(6))) return [];
      const choices: readonly Decision[] = DECISIONS.filter((decision) => (ALLOWED_DECISIONS[outcome] as readonly Decision[]).includes(decision));
      const possible = row.target_id === null ? choices.filter((decision) => decision !== "link") : choices;
      return possible.length === 0 ? [] : [{ row_id: row.seq, decision: this.chance.pick(possible) }];
    });
    if (decisions.length > 0)
      return {
        name: `decide ${decisions.map((each) => `${each.row_id}:${each.decision}`).join(" ")}`,
        run: this.within(company, (tx) => decideRows(tx, act, decisions)),
      };
    return { name: "approve", run: this.within(company, (tx) => approveJob(tx, act, job.plan_version)) };
  }

  private retry(company: Company, job: JobSeen | undefined): Act | null {
    if (job === undefined) return null;
    const act = { ...this.act(company), jobId: parseId<JobId>(job.id) };
    return {
      name: `retry ${job.id}`,
      run: this.within(company, async (tx) => {
        try {
          await retryJob(tx, act);
        } catch (error) {
          if (error instanceof Refusal) this.hopeless.add(job.id);
          throw error;
        }
        await closeDeadLetters(tx, act.jobId, company.userId);
      }),
    };
  }

  private onJob(company: Company, jobs: JobSeen[], stages: string[], name: string, verb: typeof cancelJob): Act | null {
    const fitting = jobs.filter((job) => stages.includes(job.stage));
    if (fitting.length === 0) return null;
    const job = this.chance.pick(fitting);
    return { name: `${name} ${job.id}`, run: this.within(company, (tx) => verb(tx, { ...this.act(company), jobId: parseId<JobId>(job.id) })) };
  }

  private async touchRow(company: Company): Promise<Act | null> {
    const { rows } = await this.sql.query<{ id: string; is_deleted: boolean; is_pending: boolean; reconciled: boolean }>(
      "select id, deleted_at is not null as is_deleted, is_pending, reconciled from transactions where tenant_id = $1 order by posted_on, identity_key, occurrence, account_id",
      [company.tenantId],
    );
    if (rows.length === 0) return null;
    const pending = rows.filter((each) => each.is_pending && !each.is_deleted);
    const row = pending.length > 0 && this.chance.percent(50) ? this.chance.pick(pending) : this.chance.pick(rows);
    const { actor } = this.act(company);
    if (this.chance.percent(20)) return { name: "note", run: this.within(company, (tx) => editPeople(tx, actor, row.id, { note: "seen" })) };
    if (!row.is_deleted && this.chance.percent(row.reconciled ? 40 : row.is_pending ? 80 : 35)) {
      const reconciled = !row.reconciled;
      return {
        name: `${reconciled ? "reconcile" : "unreconcile"} ${row.id}`,
        run: this.within(company, (tx) => reconcilePerson(tx, actor, row.id, { reconciled })),
        committed: () => company.ledger.setReconciled(row.id, reconciled),
      };
    }
    const isBack = row.is_deleted;
    return {
      name: `${isBack ? "restore" : "delete"} ${row.id}`,
      run: this.within(company, (tx) => (isBack ? restorePerson(tx, actor, row.id) : deletePerson(tx, actor, row.id))),
      committed: () => company.ledger.setDeleted(row.id, !isBack),
    };
  }
}
