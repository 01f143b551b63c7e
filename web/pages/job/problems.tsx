/** What was wrong with the file: where, what was expected, what was seen. Stays on the page; never a message that goes away. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { jobProblemsQuery } from "../../api/jobs.ts";
import { rowsOf } from "../../api/query.ts";
import type { JobDetail, JobProblem } from "../../api/types.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { BoneRows, Empty, Failed } from "../../ui/states.tsx";

const SEVERITIES = {
  error: { text: "Error", tone: "bad" },
  warning: { text: "Warning", tone: "warn" },
  info: { text: "Note", tone: "neutral" },
} as const;

export function Problems({ job }: { job: JobDetail }) {
  const query = useInfiniteQuery(jobProblemsQuery(job));
  const problems = rowsOf(query.data);
  if (query.data === undefined)
    return query.error === null ? <BoneRows rows={4} className="h-16" /> : <Failed error={query.error} retry={() => void query.refetch()} />;
  if (problems.length === 0) return <Empty title="No problems">Every line of the file could be read as it stands.</Empty>;
  return (
    <>
      <ul>
        {problems.map((problem) => (
          <ProblemLine key={problem.id} problem={problem} />
        ))}
      </ul>
      {query.hasNextPage && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </>
  );
}

function ProblemLine({ problem }: { problem: JobProblem }) {
  const severity = SEVERITIES[problem.severity];
  return (
    <li className="grid gap-x-4 gap-y-1.5 border-b border-line px-4 py-3 last:border-b-0 sm:grid-cols-[6rem_10rem_minmax(0,1fr)]">
      <span>
        <Badge tone={severity.tone}>{severity.text}</Badge>
      </span>
      <span className="text-sm text-ink-2 tabular-nums">{placeText(problem)}</span>
      <div className="min-w-0 text-sm">
        <p className="break-words">{problem.message}</p>
        {(problem.expected !== null || problem.value !== null) && (
          <p className="mt-1 font-mono text-xs break-all text-ink-3">
            {problem.expected !== null && <>expected {problem.expected} </>}
            {problem.value !== null && <>seen {problem.value === "" ? "nothing" : problem.value}</>}
          </p>
        )}
      </div>
    </li>
  );
}

function placeText(problem: JobProblem): string {
  const parts = [
    problem.line === null ? null : `line ${problem.line}`,
    problem.record === null ? null : `record ${problem.record}`,
    problem.field === null ? null : problem.field.replaceAll("_", " "),
  ].filter((part) => part !== null);
  return parts.length === 0 ? "whole file" : parts.join(", ");
}
