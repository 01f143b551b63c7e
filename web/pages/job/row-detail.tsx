/** One row of the plan: why it is what it is, what it meets in the books with the differences marked, the bank's own line, and the decision. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { ALLOWED_DECISIONS } from "../../../src/domain/plan.ts";
import { usePersonName } from "../../api/session.ts";
import type { Decision, JobDetail, PlanRow, RowTarget } from "../../api/types.ts";
import { decidedWords, decisionWords, OUTCOME_WORDS } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Amount, Movement } from "../../ui/money.tsx";
import { Facts } from "../../ui/page.tsx";
import { RawLine } from "../../ui/raw-line.tsx";
import { Day, Instant } from "../../ui/time.tsx";

interface RowDetailProps {
  row: PlanRow;
  job: JobDetail;
  mayDecide: boolean;
  busy: boolean;
  onDecide: (decision: Decision) => void;
}

export function RowDetail({ row, job, mayDecide, busy, onDecide }: RowDetailProps) {
  const statement = job.statements.find((known) => known.id === row.statement_id);
  return (
    <article className="flex flex-col gap-5" aria-label={`Row ${row.row_id}`}>
      <div className="flex flex-col gap-2">
        <div className="flex items-center justify-between gap-3">
          <Badge tone={OUTCOME_WORDS[row.outcome].tone}>{OUTCOME_WORDS[row.outcome].one}</Badge>
          <span className="text-xs text-ink-3">{linesText(row)}</span>
        </div>
        <p className="text-xl font-semibold">
          <Movement minor={row.amount_minor} currency={row.currency} />
        </p>
        <p className="break-words">{row.reason}</p>
      </div>
      {mayDecide && <Decisions row={row} busy={busy} onDecide={onDecide} />}
      {!mayDecide && <Decided row={row} />}
      {row.target === null ? <RowFacts row={row} accountName={statement?.account_name ?? null} /> : <Comparison row={row} target={row.target} />}
      {(row.raw !== null || row.outcome !== "removal") && <RawLine raw={row.raw} lineStart={row.line_start} lineEnd={row.line_end} />}
    </article>
  );
}

function linesText(row: PlanRow): string {
  return row.line_start === row.line_end ? `Line ${row.line_start}` : `Lines ${row.line_start} to ${row.line_end}`;
}

function Decisions({ row, busy, onDecide }: { row: PlanRow; busy: boolean; onDecide: (decision: Decision) => void }) {
  const allowed: readonly Decision[] = ALLOWED_DECISIONS[row.outcome];
  const effective = row.decision ?? row.default_decision;
  if (allowed.length < 2) return null;
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="mb-1.5 text-sm text-ink-3">{effective === null ? "Your decision is needed" : decidedWords(row.outcome, effective)}</legend>
      {allowed.map((decision) => (
        <Button
          key={decision}
          size="small"
          look={decision === effective ? "primary" : "secondary"}
          aria-pressed={decision === effective}
          disabled={busy}
          onClick={() => onDecide(decision)}
        >
          {decisionWords(row.outcome, decision)}
        </Button>
      ))}
    </fieldset>
  );
}

function Decided({ row }: { row: PlanRow }) {
  const personName = usePersonName();
  if (row.decided_at === null || row.decision === null) return null;
  return (
    <p className="text-sm text-ink-3">
      Decided by {personName(row.decided_by) ?? "a colleague"}, <Instant at={row.decided_at} />
    </p>
  );
}

function RowFacts({ row, accountName }: { row: PlanRow; accountName: string | null }) {
  return (
    <Facts
      className="text-sm"
      facts={[
        ["Account", accountName ?? "not mapped"],
        ["Posted", <Day key="posted" day={row.posted_on} />],
        ...(row.value_on === null ? [] : [["Value", <Day key="value" day={row.value_on} />] as const]),
        ["Type", `${row.type_code} ${row.type_description}`.trim() || "none"],
        ["Bank reference", orNone(row.bank_reference)],
        ["Customer reference", orNone(row.customer_reference)],
        ["Description", orNone(row.description)],
      ]}
    />
  );
}

function orNone(text: string | null): string {
  return text === null || text === "" ? "none" : text;
}

interface Pair {
  name: string;
  file: ReactNode;
  books: ReactNode;
  differs: boolean;
}

/** The file's row beside the booked one; a field that differs says so in words as well as in colour. */
function Comparison({ row, target }: { row: PlanRow; target: RowTarget }) {
  const pairs = pairsOf(row, target);
  const isRemoval = row.outcome === "removal";
  return (
    <div className="flex flex-col gap-2">
      <table className="w-full table-fixed text-sm">
        <thead className="text-left text-xs text-ink-3">
          <tr className="border-b border-line">
            <th className="w-[4.75rem] py-1.5 font-medium">
              <span className="sr-only">Field</span>
            </th>
            <th className="px-2 py-1.5 font-medium">{isRemoval ? "The bank now says" : "This file"}</th>
            <th className="px-2 py-1.5 font-medium">{target.in_this_job ? "Earlier in this file" : "In the books"}</th>
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ name, file, books, differs }) => (
            <tr key={name} className="border-b border-line align-top last:border-b-0">
              <th scope="row" className="py-1.5 pr-1 text-left font-normal text-ink-3">
                {name}
                {differs && !isRemoval && <span className="block text-xs text-warn">differs</span>}
              </th>
              <td className={cx("px-2 py-1.5 break-words", differs && !isRemoval && "bg-warn-soft")}>{isRemoval ? "withdrawn" : file}</td>
              <td className={cx("px-2 py-1.5 break-words", differs && !isRemoval && "bg-warn-soft")}>{books}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {target.deleted_at !== null && (
        <p className="text-sm text-ink-2">
          The booked one was deleted <Instant at={target.deleted_at} />. Only a person can bring it back.
        </p>
      )}
      {!target.in_this_job && (
        <Link
          to="/transactions"
          search={{ id: target.transaction_id }}
          className="self-start text-sm font-medium text-accent underline-offset-2 hover:underline"
        >
          Open the booked transaction
        </Link>
      )}
    </div>
  );
}

function pairsOf(row: PlanRow, target: RowTarget): Pair[] {
  const text = (value: string | null) => (value === null || value === "" ? <span className="text-ink-3">none</span> : value);
  return [
    { name: "Posted", file: <Day day={row.posted_on} />, books: <Day day={target.posted_on} />, differs: row.posted_on !== target.posted_on },
    {
      name: "Amount",
      file: <Amount minor={row.amount_minor} currency={row.currency} withCurrency={row.currency !== target.currency} />,
      books: <Amount minor={target.amount_minor} currency={target.currency} withCurrency={row.currency !== target.currency} />,
      differs: row.amount_minor !== target.amount_minor || row.currency !== target.currency,
    },
    { name: "Type", file: row.type_code, books: text(target.type_code), differs: row.type_code !== target.type_code },
    {
      name: "Bank ref.",
      file: text(row.bank_reference),
      books: text(target.bank_reference),
      differs: (row.bank_reference ?? "") !== (target.bank_reference ?? ""),
    },
    {
      name: "Your ref.",
      file: text(row.customer_reference),
      books: text(target.customer_reference),
      differs: (row.customer_reference ?? "") !== (target.customer_reference ?? ""),
    },
    { name: "Text", file: text(row.description), books: text(target.description), differs: row.description !== (target.description ?? "") },
    {
      name: "State",
      file: pendingText(row.is_pending),
      books: pendingText(target.is_pending),
      differs: target.is_pending !== null && row.is_pending !== target.is_pending,
    },
  ];
}

function pendingText(isPending: boolean | null): string {
  if (isPending === null) return "unknown";
  return isPending ? "pending" : "final";
}
