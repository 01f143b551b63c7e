/** The run of a job that was fetched: how many pages it came in. Nothing for a job that came as a file. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { rowsOf } from "../../api/query.ts";
import { runsQuery } from "../../api/runs.ts";
import type { JobDetail, SyncRun } from "../../api/types.ts";

/** Null until it is known, and where the run is older than the list that is asked for. */
export function useRunOf(job: Pick<JobDetail, "id" | "job_type" | "connection_id">): SyncRun | null {
  const query = useInfiniteQuery({ ...runsQuery(job.connection_id), enabled: job.job_type === "sync" });
  return rowsOf(query.data).find((run) => run.job_id === job.id) ?? null;
}

export function pagesText(pages: number): string {
  return `${pages} ${pages === 1 ? "page" : "pages"}`;
}
