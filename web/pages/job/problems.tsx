/** What was wrong with the file: where, what was expected, what was seen. Stays on the page; never a message that goes away. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { jobProblemsQuery } from "../../api/jobs.ts";
import { rowsOf } from "../../api/query.ts";
import type { JobDetail } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { ProblemLine } from "../../ui/problem-line.tsx";
import { BoneRows, Empty, Failed } from "../../ui/states.tsx";

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
