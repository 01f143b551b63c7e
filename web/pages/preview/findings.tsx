/** What the file comes to: its money a currency, what could not be read, and whether it proves itself. The sums are the worker's. */
import { useState } from "react";
import { groupCount } from "../../lib/money.ts";
import { plural, proofState } from "../../lib/words.ts";
import type { PreviewTotals, PreviewView } from "../../preview/preview.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { Section } from "../../ui/page.tsx";
import { ProblemLine } from "../../ui/problem-line.tsx";
import { CheckLine, checkKey } from "../../ui/proof-check.tsx";
import { BoneRows } from "../../ui/states.tsx";
import { TotalsTable } from "../../ui/totals-table.tsx";

export function Findings({ view, totals }: { view: PreviewView; totals: PreviewTotals | null }) {
  if (totals === null) {
    return (
      <Section title="What it comes to">
        <BoneRows rows={2} />
      </Section>
    );
  }
  const proof = proofState(totals.proofOk);
  return (
    <>
      <Section
        title={view.isWhole ? "What it comes to" : "What its beginning comes to"}
        aside={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-2 tabular-nums">
            {groupCount(totals.movements)} {plural(totals.movements, "movement")} in {groupCount(totals.statements)}{" "}
            {plural(totals.statements, "statement")}
            {view.isWhole && <Badge tone={proof.tone}>{proof.text}</Badge>}
          </span>
        }
      >
        {totals.totals.length === 0 ? <p className="px-4 py-3 text-ink-2">No movements were found.</p> : <TotalsTable totals={totals.totals} />}
        <Checks totals={totals} />
      </Section>
      <Problems totals={totals} />
    </>
  );
}

/** What does not hold is open; the rest unfolds. */
function Checks({ totals }: { totals: PreviewTotals }) {
  const [isOpen, setOpen] = useState(false);
  const broken = totals.checks.filter(({ check }) => check.ok === false);
  const rest = totals.checks.filter(({ check }) => check.ok !== false).toSorted((a, b) => Number(b.check.ok) - Number(a.check.ok));
  const held = totals.checks.filter(({ check }) => check.ok === true).length;
  if (totals.checks.length === 0) return null;
  const shown = [...broken.slice(0, CHECKS_MAX), ...(isOpen ? rest.slice(0, CHECKS_MAX) : [])];
  return (
    <div className="border-t border-line">
      <ul>
        {shown.map(({ check, currency }) => (
          <CheckLine key={checkKey(check)} check={check} currency={currency} />
        ))}
      </ul>
      {rest.length > 0 && (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="w-full px-4 py-2 text-left text-sm text-ink-3 tabular-nums hover:text-ink focus-visible:-outline-offset-2"
        >
          {held} of {totals.checks.length} {plural(totals.checks.length, "check holds", "checks hold")}. {isOpen ? "Show less" : "Show each"}
        </button>
      )}
    </div>
  );
}

/** 100 checks: more are read on the job's page, a statement at a time. */
const CHECKS_MAX = 100;
const PROBLEMS_AT_FIRST = 5;

function Problems({ totals }: { totals: PreviewTotals }) {
  const [areAllShown, showAll] = useState(false);
  const { problems, problemCounts } = totals;
  const count = problemCounts.error + problemCounts.warning + problemCounts.info;
  if (count === 0) return null;
  const sorted = problems.toSorted((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity]);
  const shown = areAllShown ? sorted : sorted.slice(0, PROBLEMS_AT_FIRST);
  return (
    <Section title="What is wrong with it" aside={<span className="text-sm text-ink-2 tabular-nums">{countWords(problemCounts)}</span>}>
      <ul>
        {shown.map((problem) => (
          <ProblemLine key={`${problem.line} ${problem.code} ${problem.field} ${problem.message}`} problem={problem} />
        ))}
      </ul>
      {sorted.length > shown.length && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" onClick={() => showAll(true)}>
            Show {sorted.length < count ? `the first ${sorted.length}` : `all ${groupCount(count)}`}
          </Button>
        </div>
      )}
    </Section>
  );
}

const GRAVITY = { error: 0, warning: 1, info: 2 } as const;

function countWords(counts: PreviewTotals["problemCounts"]): string {
  const parts = [
    [counts.error, "error"],
    [counts.warning, "warning"],
    [counts.info, "note"],
  ] as const;
  return parts.flatMap(([count, word]) => (count === 0 ? [] : [`${groupCount(count)} ${plural(count, word)}`])).join(", ");
}
