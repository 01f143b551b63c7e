/** Jobs over HTTP: the list, one job with its plan and proof, and what a person may do to it. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ProfileSettings } from "../../src/domain/profile.ts";
import { WORKING_STAGES } from "../../src/domain/status.ts";
import { ApiProblem, get, post, withQuery } from "./client.ts";
import { listQuery, POLL_BUSY_MS, POLL_IDLE_MS } from "./query.ts";
import type { Decision, Job, JobDetail, JobProblem, Outcome, PlanRow, Stage, UndoImpact } from "./types.ts";

/** True while a machine is at work on it: the page then asks each second. */
export function isWorking(job: Pick<Job, "stage" | "status">): boolean {
  const working: readonly Stage[] = WORKING_STAGES;
  return job.status !== "failed" && working.includes(job.stage);
}

export function jobsQuery(filter: { connection_id?: string | undefined; status?: string | undefined } = {}) {
  return {
    ...listQuery<Job>(["jobs", "list", filter], "/api/jobs", { ...filter, limit: 50 }),
    refetchInterval: (query: { state: { data?: { pages: { data: Job[] }[] } | undefined } }) =>
      query.state.data?.pages.some((page) => page.data.some(isWorking)) === true ? POLL_BUSY_MS : POLL_IDLE_MS,
  };
}

export function jobQuery(jobId: string) {
  return queryOptions({
    queryKey: ["jobs", jobId, "detail"],
    queryFn: ({ signal }) => get<JobDetail>(`/api/jobs/${jobId}`, signal),
    refetchInterval: (query) => (query.state.data !== undefined && isWorking(query.state.data) ? POLL_BUSY_MS : POLL_IDLE_MS),
  });
}

/** 200 rows × ~0.8 KB = 160 KB a page: under 100 ms to draw, and few enough trips for 100,000 rows that are really scrolled through. */
const ROWS_PER_PAGE = 200;

export function jobRowsQuery(job: Pick<Job, "id" | "plan_version" | "stage">, outcome: Outcome) {
  return {
    ...listQuery<PlanRow>(["jobs", job.id, "rows", outcome, job.stage, job.plan_version], `/api/jobs/${job.id}/rows`, {
      outcome,
      limit: ROWS_PER_PAGE,
    }),
    placeholderData: keepPreviousData,
  };
}

export function jobProblemsQuery(job: Pick<Job, "id" | "stage">) {
  return listQuery<JobProblem>(["jobs", job.id, "problems", job.stage], `/api/jobs/${job.id}/problems`, { limit: 100 });
}

export function undoImpactQuery(jobId: string) {
  return queryOptions({
    queryKey: ["undo-impact", jobId],
    queryFn: ({ signal }) => get<UndoImpact>(`/api/jobs/${jobId}/undo`, signal),
    staleTime: 0,
    gcTime: 0,
  });
}

export type DecisionRequest = { row_id: string; decision: Decision }[] | { where: { outcome: Outcome }; decision: Decision };

export function useDecide(jobId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (decisions: DecisionRequest) => post<unknown>(`/api/jobs/${jobId}/decisions`, decisions),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs", jobId] }),
  });
}

export function useApprove(jobId: string) {
  return useJobAction(jobId, (planVersion: number) => post<unknown>(`/api/jobs/${jobId}/approve`, { plan_version: planVersion }));
}

export function useCancel(jobId: string) {
  return useJobAction(jobId, () => post<unknown>(`/api/jobs/${jobId}/cancel`));
}

export function useRetry(jobId: string) {
  return useJobAction(jobId, () => post<unknown>(`/api/jobs/${jobId}/retry`));
}

export function useUndo(jobId: string) {
  return useJobAction(jobId, () => post<unknown>(`/api/jobs/${jobId}/undo`));
}

/** Says how the job's file is read; `remember` is the name under which the next files of this shape are read so. */
export function useAnswerReading(jobId: string) {
  return useJobAction(jobId, (answers: { settings: ProfileSettings; remember: string | null }) =>
    post<unknown>(`/api/jobs/${jobId}/reading`, answers),
  );
}

/** Reads the job's file by today's parser: a new job over the same bytes. */
export function useReparse(jobId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => post<JobDetail>(`/api/jobs/${jobId}/reparse`),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

export function rejectsHref(jobId: string): string {
  return `/api/jobs/${jobId}/rejects.csv`;
}

export function rowsCsvHref(jobId: string): string {
  return withQuery("/api/transactions.csv", { job_id: jobId });
}

/** The plan moved between reading it and approving it. */
export function isPlanChanged(error: unknown): boolean {
  return error instanceof ApiProblem && error.status === 412;
}

/** A job's action changes the books too: what shows them is asked again. */
function useJobAction<V>(jobId: string, act: (value: V) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSettled: async () => {
      await client.invalidateQueries({ queryKey: ["jobs", jobId] });
      for (const key of ["jobs", "accounts", "transactions", "connections", "mappings", "audit"]) void client.invalidateQueries({ queryKey: [key] });
    },
  });
}
