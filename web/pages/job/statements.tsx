/** Each statement of the file and its proof, in words and figures. The figures are the server's: nothing is added up here. */
import { Link } from "@tanstack/react-router";
import { ChevronDown } from "lucide-react";
import { type ReactNode, useState } from "react";
import { jobVerdict } from "../../../src/domain/proof.ts";
import type { JobDetail, ProofCheck, Statement } from "../../api/types.ts";
import { groupCount } from "../../lib/money.ts";
import { plural, proofState, STATEMENT_KINDS } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { Amount, Movement } from "../../ui/money.tsx";
import { Section } from "../../ui/page.tsx";
import { CheckLine, checkKey } from "../../ui/proof-check.tsx";
import { Day } from "../../ui/time.tsx";

/** The first statements are drawn at once; the rest on demand, so that a file of hundreds stays a page. */
const STATEMENTS_AT_FIRST = 8;

export function Statements({ job }: { job: JobDetail }) {
  const [areAllShown, showAll] = useState(false);
  if (job.statements.length === 0 && job.envelope_proof.length === 0) return null;
  // What does not add up comes first, then what nobody has mapped.
  const sorted = job.statements.toSorted((a, b) => urgency(a) - urgency(b) || a.ordinal - b.ordinal);
  const shown = areAllShown ? sorted : sorted.slice(0, STATEMENTS_AT_FIRST);
  const state = proofState(job.proof_ok);
  return (
    <Section title="Statements" aside={<Badge tone={state.tone}>{state.text}</Badge>}>
      <div aria-hidden className={cx(COLUMNS, "hidden border-b border-line bg-sunken px-4 py-2 text-xs font-medium text-ink-3 lg:grid")}>
        <span>Account</span>
        <span className="text-right">Opening</span>
        <span className="text-right">Credits</span>
        <span className="text-right">Debits</span>
        <span className="text-right">Closing</span>
        <span className="pl-4">Proof</span>
      </div>
      <ul>
        {shown.map((statement) => (
          <StatementLine key={statement.id} statement={statement} />
        ))}
        {job.envelope_proof.length > 0 && (
          <li className="border-t border-line">
            <Proof checks={job.envelope_proof} ok={jobVerdict(job.envelope_proof.map((check) => check.ok))} currency={null}>
              <span className="min-w-0 flex-1 font-medium">The file as a whole</span>
            </Proof>
          </li>
        )}
      </ul>
      {sorted.length > shown.length && (
        <div className="border-t border-line px-4 py-2.5">
          <Button size="small" onClick={() => showAll(true)}>
            Show all {groupCount(sorted.length)} statements
          </Button>
        </div>
      )}
    </Section>
  );
}

const COLUMNS = "lg:grid-cols-[minmax(0,1fr)_8rem_8rem_8rem_8.5rem_10rem] lg:gap-x-3";

function urgency(statement: Statement): number {
  if (statement.proof_ok === false) return 0;
  return statement.account_id === null ? 1 : 2;
}

/** One statement as a sum: opening, credits, debits, closing. Beside each other where there is room, below each other where there is not. */
function StatementLine({ statement }: { statement: Statement }) {
  const { currency } = statement;
  return (
    <li className="border-t border-line first:border-t-0">
      <Proof checks={statement.proof} ok={statement.proof_ok} currency={currency}>
        <div className={cx(COLUMNS, "min-w-0 flex-1 lg:grid lg:items-baseline")}>
          <StatementName statement={statement} />
          <Figure name="Opening">
            <Amount minor={statement.opening_minor} currency={currency} withCurrency={false} />
          </Figure>
          <Figure name="Credits">
            <Movement minor={statement.credits_minor} currency={currency} withCurrency={false} />
          </Figure>
          <Figure name="Debits">
            <Movement minor={negative(statement.debits_minor)} currency={currency} withCurrency={false} />
          </Figure>
          <Figure name="Closing" isTotal={statement.closing_minor !== null}>
            <Amount minor={statement.closing_minor} currency={currency} withCurrency={false} />
          </Figure>
        </div>
      </Proof>
    </li>
  );
}

function StatementName({ statement }: { statement: Statement }) {
  return (
    <div className="min-w-0 max-lg:mb-2">
      <p className="truncate font-medium">
        {statement.account_name ?? namelessOf(statement)}
        {statement.account_id === null && (
          <Link to="/mappings" className="ml-2 text-sm text-accent underline-offset-2 hover:underline">
            Map it
          </Link>
        )}
      </p>
      <p className="text-xs text-ink-3">
        {statement.currency ?? "no currency"}
        {statement.account_name !== null && statement.last_four !== null && statement.last_four !== "" && `, ending ${statement.last_four}`},{" "}
        {STATEMENT_KINDS[statement.kind].toLowerCase()} of <Day day={statement.as_of_on} />, {groupCount(statement.transaction_count)}{" "}
        {plural(statement.transaction_count, "movement")}
      </p>
    </div>
  );
}

/** A file without an account in it has one whose digits are empty. */
function namelessOf({ last_four: lastFour }: Statement): string {
  return lastFour === "" ? "The account of this file" : `Account ending ${lastFour ?? "unknown"}`;
}

function Figure({ name, isTotal = false, children }: { name: string; isTotal?: boolean; children: ReactNode }) {
  return (
    <p className="flex justify-between gap-4 py-0.5 text-sm lg:block lg:py-0 lg:text-right">
      <span className={cx("lg:sr-only", isTotal ? "font-medium" : "text-ink-2")}>{name}</span>
      <span className={cx(isTotal && "double-rule pb-px font-semibold")}>{children}</span>
    </p>
  );
}

interface ProofProps {
  checks: readonly ProofCheck[];
  /** The verdict over them, as the server gives it. */
  ok: boolean | null;
  currency: string | null;
  children: ReactNode;
}

/** A line and its checks: what broke is open, the rest unfolds. */
function Proof({ checks, ok, currency, children }: ProofProps) {
  const [isOpen, setOpen] = useState(false);
  const broken = checks.filter((check) => check.ok === false);
  const rest = checks.filter((check) => check.ok !== false).toSorted((a, b) => Number(b.ok) - Number(a.ok));
  const state = proofState(ok);
  const held = checks.filter((check) => check.ok === true).length;
  return (
    <>
      <div className="flex flex-col gap-x-3 gap-y-2 px-4 py-3 lg:flex-row lg:items-baseline">
        {children}
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="flex items-center gap-1.5 rounded-md text-left text-xs text-ink-3 hover:text-ink lg:-ml-[10.75rem] lg:w-[10rem] lg:pl-4"
        >
          <Badge tone={state.tone}>{state.text}</Badge>
          <span className="tabular-nums lg:sr-only">
            {checks.length === 0 ? "nothing to check it by" : `${held} of ${checks.length} checks hold`}
          </span>
          <ChevronDown aria-hidden className={cx("ml-auto size-4 shrink-0 transition-transform", isOpen && "rotate-180")} />
        </button>
      </div>
      {(broken.length > 0 || isOpen) && (
        <ul className="pb-2">
          {[...broken, ...(isOpen ? rest : [])].map((check) => (
            <CheckLine key={checkKey(check)} check={check} currency={currency} />
          ))}
        </ul>
      )}
    </>
  );
}

function negative(minor: string): string {
  return minor.startsWith("-") || /^0+$/.test(minor) ? minor : `-${minor}`;
}
