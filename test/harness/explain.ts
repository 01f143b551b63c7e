/** The plans that Postgres makes for what runs, statement by statement. For tests of index use; changes nothing of what runs. */
import { type SQLWrapper, sql } from "drizzle-orm";
import * as z from "zod";
import type { JobId } from "../../src/domain/ids.ts";
import { matchRows } from "../../src/pipeline/match.ts";
import { rowsOf, type Tx } from "../../src/store/tenant.ts";
import type { Books } from "./books.ts";

export interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string | undefined;
  "Index Name"?: string | undefined;
  "Index Cond"?: string | undefined;
  Plans?: PlanNode[] | undefined;
}

const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.looseObject({
    "Node Type": z.string(),
    "Relation Name": z.string().optional(),
    "Index Name": z.string().optional(),
    "Index Cond": z.string().optional(),
    Plans: z.array(planNode).optional(),
  }),
);
const explained = z.object({ "QUERY PLAN": z.array(z.object({ Plan: planNode })) });

/** Matches the job, and answers with the plan of each of its statements. */
export async function explainMatch(books: Books, jobId: JobId): Promise<PlanNode[]> {
  const plans: PlanNode[] = [];
  await books.withJob(jobId, (door, lease) =>
    matchRows({ tx: (work, deadlineMs) => door.tx((tx) => work(explaining(tx, plans)), deadlineMs) }, { tenantId: books.tenantId, lease }),
  );
  return plans;
}

/** The scans of a table anywhere below a node. */
export function scansOf(node: PlanNode, table: string): PlanNode[] {
  const below = (node.Plans ?? []).flatMap((child) => scansOf(child, table));
  return node["Relation Name"] === table && node["Node Type"].includes("Scan") ? [node, ...below] : below;
}

/** Every node of a plan. */
export function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodesOf)];
}

/** The same transaction, but that each statement is explained before it runs. */
export function explaining(tx: Tx, plans: PlanNode[]): Tx {
  const execute = async (query: SQLWrapper) => {
    const [row] = await rowsOf(tx, sql`explain (format json) ${query.getSQL()}`, explained);
    plans.push(...(row?.["QUERY PLAN"] ?? []).map((plan) => plan.Plan));
    return tx.execute(query);
  };
  return new Proxy(tx, { get: (target, property) => (property === "execute" ? execute : Reflect.get(target, property, target)) });
}
