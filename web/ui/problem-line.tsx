/** One problem of a file: how grave, where, what was expected and what was seen. */
import type { Problem } from "../../src/domain/problem.ts";
import { Badge } from "./badge.tsx";

const SEVERITIES = {
  error: { text: "Error", tone: "bad" },
  warning: { text: "Warning", tone: "warn" },
  info: { text: "Note", tone: "neutral" },
} as const;

export function ProblemLine({ problem }: { problem: Problem }) {
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

function placeText(problem: Problem): string {
  // A table's record is its row already: `row 17`.
  const isRow = problem.record?.startsWith("row ") === true;
  const parts = [
    problem.line === null || isRow ? null : `line ${problem.line}`,
    problem.record === null ? null : isRow ? problem.record : `record ${problem.record}`,
    problem.field === null ? null : problem.field.replaceAll("_", " "),
  ].filter((part) => part !== null);
  return parts.length === 0 ? "whole file" : parts.join(", ");
}
