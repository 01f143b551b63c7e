/** A bank's description tried against an answer that somebody pastes: the rows that would come of it, and what is wrong. Asks no bank and keeps nothing. */
import { type ReactNode, useState } from "react";
import { useCheckBank } from "../../api/connection-setup.ts";
import type { CheckedBank } from "../../api/types.ts";
import { plural, type Tone } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { TextAreaField } from "../../ui/field.tsx";
import { Amount, Movement } from "../../ui/money.tsx";
import { Refused } from "../../ui/states.tsx";
import { Day } from "../../ui/time.tsx";
import { ProviderAccounts } from "./test-result.tsx";

export function SampleCheck({ config }: { config: Record<string, unknown> | null }) {
  const [answer, setAnswer] = useState("");
  const check = useCheckBank();
  return (
    <details className="rounded-md border border-line">
      <summary className="px-3 py-2 font-medium">Try it against a sample answer</summary>
      <div className="flex flex-col gap-4 border-t border-line px-3 py-3">
        <TextAreaField
          label="The bank's answer"
          hint="Paste what the bank's API answered, for example from its documentation. It is read here and not kept."
          rows={6}
          isCode
          spellCheck={false}
          autoComplete="off"
          value={answer}
          onChange={({ target }) => setAnswer(target.value)}
        />
        <Button
          className="self-start"
          disabled={config === null || answer.trim() === ""}
          isBusy={check.isPending}
          onClick={() => config !== null && check.mutate({ config, answer })}
        >
          Read the sample
        </Button>
        <Refused error={check.error} />
        {check.data !== undefined && !check.isPending && <CheckResult check={check.data} />}
      </div>
    </details>
  );
}

function CheckResult({ check }: { check: CheckedBank }) {
  const { kind, rows, accounts, balances, problems } = check;
  const counts = {
    accounts: `${accounts.length} ${plural(accounts.length, "account")}`,
    balances: `${balances.length} ${plural(balances.length, "balance")}`,
    transactions: `${rows.length} ${plural(rows.length, "row")}`,
  };
  return (
    <div role="status" className="flex min-w-0 flex-col gap-3">
      <p>
        {kind === null ? "Nothing could be read" : counts[kind]}, {problems.length} {plural(problems.length, "problem")}.
      </p>
      <Problems problems={problems} />
      <ProviderAccounts accounts={accounts} />
      {balances.length > 0 && <Balances balances={balances} />}
      {rows.length > 0 && <SampleRows rows={rows} />}
    </div>
  );
}

const PROBLEM_TONES = { error: "text-bad", warning: "text-warn", info: "text-ink-2" } as const;

function Problems({ problems }: Pick<CheckedBank, "problems">) {
  if (problems.length === 0) return null;
  const keyed = problems.map((problem, place) => ({ problem, key: `${problem.code} ${place}` }));
  return (
    <ul className="flex flex-col gap-1 rounded-md bg-sunken px-3 py-2 text-sm">
      {keyed.map(({ problem: { severity, code, field, message }, key }) => (
        <li key={key} className={cx("break-words", PROBLEM_TONES[severity])}>
          {field !== null && <span className="font-mono">{field}: </span>}
          {message} <span className="font-mono text-xs opacity-80">{code}</span>
        </li>
      ))}
    </ul>
  );
}

function Balances({ balances }: Pick<CheckedBank, "balances">) {
  return (
    <ul className="rounded-md border border-line">
      {balances.map(({ account_id: account, type_code: type, amount_minor: minor, currency }) => (
        <li key={`${account} ${type}`} className="flex flex-wrap justify-between gap-x-4 border-b border-line px-3 py-2 text-sm last:border-b-0">
          <span className="min-w-0 break-words">
            {type}, account {account}
          </span>
          <Amount minor={minor} currency={currency} />
        </li>
      ))}
    </ul>
  );
}

const STATUS = {
  posted: { text: "Posted", tone: "good" },
  pending: { text: "Pending", tone: "neutral" },
  void: { text: "Taken back", tone: "warn" },
} as const satisfies Record<CheckedBank["rows"][number]["status"], { text: string; tone: Tone }>;

function SampleRows({ rows }: { rows: CheckedBank["rows"] }) {
  const keyed = rows.map((row, place) => ({ row, key: `${row.external_transaction_id ?? "none"} ${place}` }));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
    <section className="overflow-x-auto rounded-md border border-line" aria-label="Rows of the sample" tabIndex={0}>
      <table className="w-full text-sm">
        <thead className="bg-sunken text-left text-xs text-ink-3">
          <tr>
            <Head>Day</Head>
            <Head isRight>Amount</Head>
            <Head>Text</Head>
            <Head>Id</Head>
            <Head>State</Head>
          </tr>
        </thead>
        <tbody>
          {keyed.map(({ row, key }) => (
            <tr key={key} className="border-t border-line">
              <td className="px-3 py-1.5">
                <Day day={row.posted_on} />
              </td>
              <td className="px-3 py-1.5 text-right whitespace-nowrap">
                <Movement minor={row.amount_minor} currency={row.currency} />
              </td>
              <td className="max-w-60 truncate px-3 py-1.5" title={row.description}>
                {row.description}
              </td>
              <td className="max-w-40 truncate px-3 py-1.5 font-mono">{row.external_transaction_id ?? "none"}</td>
              <td className="px-3 py-1.5">
                <Badge tone={STATUS[row.status].tone}>{STATUS[row.status].text}</Badge>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ children, isRight = false }: { children: ReactNode; isRight?: boolean }) {
  return <th className={cx("px-3 py-2 font-medium", isRight && "text-right")}>{children}</th>;
}
