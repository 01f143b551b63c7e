/** One check of a proof, in words and figures: what the bank says against what it comes to. Compares nothing by itself. */
import { Check, Minus, X } from "lucide-react";
import type { ProofCheck } from "../api/types.ts";
import { groupCount, groupMinor } from "../lib/money.ts";
import { checkWords, isCountCheck } from "../lib/words.ts";
import { cx } from "./cx.ts";

export function CheckLine({ check, currency }: { check: ProofCheck; currency: string | null }) {
  const { icon: Icon, colour, word } = MARKS[markOf(check.ok)];
  return (
    <li className={cx("flex gap-2.5 px-4 py-2 text-sm", check.ok === false && "bg-bad-soft/60")}>
      <Icon aria-hidden strokeWidth={2.5} className={cx("mt-0.5 size-4 shrink-0", colour)} />
      <div className="min-w-0 flex-1">
        <p>
          <span className={check.ok === true ? "sr-only" : "font-medium"}>{word}: </span>
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

const MARKS = {
  holds: { icon: Check, colour: "text-good", word: "Holds" },
  broken: { icon: X, colour: "text-bad", word: "Does not hold" },
  open: { icon: Minus, colour: "text-ink-3", word: "Cannot be proven" },
} as const;

function markOf(ok: boolean | null): keyof typeof MARKS {
  if (ok === null) return "open";
  return ok ? "holds" : "broken";
}

/** The same check of two statements differs in its figures or its line. */
export function checkKey(check: ProofCheck): string {
  return `${check.check} ${check.line} ${check.expected} ${check.actual}`;
}
