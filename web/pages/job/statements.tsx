/** Each statement of the file and its proof, in words and figures. The figures are the server's: nothing is added up here. */
import { Link } from "@tanstack/react-router";
import { Check, ChevronDown, Minus, X } from "lucide-react";
import { useState } from "react";
import type { JobDetail, ProofCheck, Statement } from "../../api/types.ts";
import { groupCount, groupMinor } from "../../lib/money.ts";
import { checkWords, isCountCheck, plural, proofState, STATEMENT_KINDS } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Amount, Movement } from "../../ui/money.tsx";
import { Section, Sheet } from "../../ui/page.tsx";
import { Day } from "../../ui/time.tsx";

/** The first statements are drawn at once; the rest on demand, so that a file of hundreds stays a page. */
const STATEMENTS_AT_FIRST = 4;

export function Statements({ job }: { job: JobDetail }) {
  const [areAllShown, showAll] = useState(false);
  if (job.statements.length === 0 && job.envelope_proof.length === 0) return null;
  // What does not add up comes first, then what nobody has mapped.
  const sorted = job.statements.toSorted((a, b) => urgency(a) - urgency(b) || a.ordinal - b.ordinal);
  const shown = areAllShown ? sorted : sorted.slice(0, STATEMENTS_AT_FIRST);
  const state = proofState(job.proof_ok);
  return (
    <Section title="Statements" isFlush aside={<Badge tone={state.tone}>{state.text}</Badge>}>
      <div className="grid gap-3 lg:grid-cols-2">
        {shown.map((statement) => (
          <StatementSheet key={statement.id} statement={statement} />
        ))}
      </div>
      {sorted.length > shown.length && (
        <Button className="self-start" onClick={() => showAll(true)}>
          Show all {groupCount(sorted.length)} statements
        </Button>
      )}
      {job.envelope_proof.length > 0 && (
        <Sheet>
          <ProofList checks={job.envelope_proof} currency={null} title="The file's own totals" />
        </Sheet>
      )}
    </Section>
  );
}

function urgency(statement: Statement): number {
  if (statement.proof_ok === false) return 0;
  return statement.account_id === null ? 1 : 2;
}

function StatementSheet({ statement }: { statement: Statement }) {
  const { currency } = statement;
  return (
    <Sheet className="flex flex-col">
      <header className="flex flex-wrap items-start justify-between gap-x-3 gap-y-1 px-4 pt-3.5 pb-3">
        <div className="min-w-0">
          <h3 className="truncate font-semibold">{statement.account_name ?? `Account ending ${statement.last_four ?? "unknown"}`}</h3>
          <p className="text-sm text-ink-3">
            {statement.account_name !== null && statement.last_four !== null && `ending ${statement.last_four}, `}
            {STATEMENT_KINDS[statement.kind].toLowerCase()} of <Day day={statement.as_of_on} />
          </p>
        </div>
        {statement.account_id === null ? (
          <Link to="/mappings" className="text-sm font-medium text-accent underline-offset-2 hover:underline">
            Map this account
          </Link>
        ) : null}
      </header>
      <table className="mx-4 mb-3 self-stretch text-right text-sm" aria-label="Balances and movements">
        <tbody>
          <Figure name="Opening ledger">
            <Amount minor={statement.opening_minor} currency={currency} />
          </Figure>
          <Figure name="Credits">
            <Movement minor={statement.credits_minor} currency={currency} />
          </Figure>
          <Figure name="Debits">
            <Movement minor={negative(statement.debits_minor)} currency={currency} />
          </Figure>
          <Figure name="Closing ledger" isTotal>
            <Amount minor={statement.closing_minor} currency={currency} />
          </Figure>
        </tbody>
      </table>
      <ProofList
        checks={statement.proof}
        currency={currency}
        title={`${groupCount(statement.transaction_count)} ${plural(statement.transaction_count, "movement")}, lines ${statement.line_start} to ${statement.line_end ?? "the end"}`}
      />
    </Sheet>
  );
}

function Figure({ name, isTotal = false, children }: { name: string; isTotal?: boolean; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row" className={cx("py-0.5 text-left font-normal", isTotal ? "font-medium" : "text-ink-2")}>
        {name}
      </th>
      <td className="py-0.5 pl-4">
        <span className={cx("inline-block", isTotal && "double-rule border-t border-t-line-strong pt-0.5 font-semibold")}>{children}</span>
      </td>
    </tr>
  );
}

/** The checks: what broke is open, the rest folds away behind its count. */
function ProofList({ checks, currency, title }: { checks: readonly ProofCheck[]; currency: string | null; title: string }) {
  const broken = checks.filter((check) => check.ok === false);
  const held = checks.filter((check) => check.ok === true);
  const open = checks.filter((check) => check.ok === null);
  const state = proofState(verdict(checks));
  return (
    <div className="mt-auto border-t border-line">
      {broken.length > 0 && (
        <ul className="border-b border-line bg-bad-soft/50">
          {broken.map((check) => (
            <CheckLine key={keyOf(check)} check={check} currency={currency} />
          ))}
        </ul>
      )}
      <details className="group">
        <summary className="flex list-none items-center gap-2 px-4 py-2.5 text-sm hover:bg-sunken focus-visible:-outline-offset-2 [&::-webkit-details-marker]:hidden">
          <Badge tone={state.tone}>{state.text}</Badge>
          <span className="min-w-0 flex-1 truncate text-ink-3">
            {held.length} of {checks.length} checks hold
          </span>
          <ChevronDown aria-hidden className="size-4 text-ink-3 transition-transform group-open:rotate-180" />
        </summary>
        <p className="px-4 pb-1 text-xs text-ink-3">{title}</p>
        <ul className="pb-2">
          {[...held, ...open].map((check) => (
            <CheckLine key={keyOf(check)} check={check} currency={currency} />
          ))}
        </ul>
      </details>
    </div>
  );
}

const MARKS = {
  holds: { icon: Check, colour: "text-good", word: "Holds" },
  broken: { icon: X, colour: "text-bad", word: "Does not hold" },
  open: { icon: Minus, colour: "text-ink-3", word: "Cannot be proven" },
} as const;

function markOf(ok: boolean | null): keyof typeof MARKS {
  if (ok === null) return "open";
  return ok ? "holds" : "broken";
}

function verdict(checks: readonly ProofCheck[]): boolean | null {
  if (checks.some((check) => check.ok === false)) return false;
  return checks.some((check) => check.ok === true) ? true : null;
}

function keyOf(check: ProofCheck): string {
  return `${check.check} ${check.line} ${check.expected} ${check.actual}`;
}

function CheckLine({ check, currency }: { check: ProofCheck; currency: string | null }) {
  const { icon: Icon, colour, word } = MARKS[markOf(check.ok)];
  return (
    <li className="flex gap-2.5 px-4 py-2 text-sm">
      <Icon aria-hidden strokeWidth={2.5} className={cx("mt-0.5 size-4 shrink-0", colour)} />
      <div className="min-w-0 flex-1">
        <p>
          <span className="sr-only">{word}: </span>
          {checkWords(check.check)}
        </p>
        {check.ok === false && (
          <p className="mt-0.5 tabular-nums">
            The bank says <strong className="font-semibold">{figure(check, check.expected, currency)}</strong>; it comes to{" "}
            <strong className="font-semibold">{figure(check, check.actual, currency)}</strong>
            {check.line !== null && ` (line ${check.line})`}.
          </p>
        )}
        {check.note !== null && <p className="mt-0.5 break-words text-ink-2">{check.note}</p>}
      </div>
      {check.ok === true && <span className="text-ink-2 tabular-nums">{figure(check, check.actual, currency)}</span>}
    </li>
  );
}

function figure(check: ProofCheck, text: string | null, currency: string | null): string {
  if (text === null) return "nothing";
  if (!/^-?\d+$/.test(text)) return text;
  if (isCountCheck(check.check)) return groupCount(Number(text));
  return currency === null ? groupMinor(text, "XXX") : `${groupMinor(text, currency)} ${currency}`;
}

function negative(minor: string): string {
  return minor.startsWith("-") || /^0+$/.test(minor) ? minor : `-${minor}`;
}
