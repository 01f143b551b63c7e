/** A bank described as data: a preset to begin with, the description itself, and a try against an answer of the bank's before anybody is asked. */
import { type ReactNode, useState } from "react";
import { type BankCheck, useCheckBank } from "../../api/connection-setup.ts";
import type { ConnectionType } from "../../api/types.ts";
import { parsedJson } from "../../lib/schema-form.ts";
import { plural } from "../../lib/words.ts";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/cx.ts";
import { SelectField, TextAreaField } from "../../ui/field.tsx";
import { Movement } from "../../ui/money.tsx";
import { Refused } from "../../ui/states.tsx";
import { Day } from "../../ui/time.tsx";

interface Props {
  type: Pick<ConnectionType, "presets">;
  value: string;
  onChange: (value: string) => void;
}

export function BankDescription({ type, value, onChange }: Props) {
  const [presetId, setPresetId] = useState("");
  const preset = type.presets.find(({ id }) => id === presetId);
  const choose = (id: string) => {
    setPresetId(id);
    const chosen = type.presets.find((one) => one.id === id);
    if (chosen !== undefined) onChange(JSON.stringify(chosen.config, null, 2));
  };
  const parsed = parsedJson(value);
  return (
    <>
      {type.presets.length > 0 && (
        <SelectField
          label="Begin with"
          hint={preset?.description ?? "A bank that is described already, or a description of your own."}
          value={presetId}
          onChange={({ target }) => choose(target.value)}
        >
          <option value="">A description of your own</option>
          {type.presets.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </SelectField>
      )}
      <TextAreaField
        label="Description"
        hint="JSON: the address, the sign-in, where accounts and movements stand in the answers. No secrets here; those are credentials."
        required
        rows={14}
        isCode
        spellCheck={false}
        autoComplete="off"
        aria-invalid={value !== "" && "problem" in parsed}
        value={value}
        onChange={({ target }) => onChange(target.value)}
      />
      {value !== "" && "problem" in parsed && (
        <p role="status" className="text-sm break-words text-bad">
          {parsed.problem}
        </p>
      )}
      <SampleCheck config={"value" in parsed ? parsed.value : null} />
    </>
  );
}

function SampleCheck({ config }: { config: Record<string, unknown> | null }) {
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

function CheckResult({ check }: { check: BankCheck }) {
  const { rows, accounts, problems } = check;
  return (
    <div role="status" className="flex min-w-0 flex-col gap-3">
      <p>
        {rows.length} {plural(rows.length, "row")}
        {accounts.length > 0 && `, ${accounts.length} ${plural(accounts.length, "account")}`}, {problems.length} {plural(problems.length, "problem")}.
      </p>
      {problems.length > 0 && (
        <ul className="flex flex-col gap-1 rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
          {problems.map(({ code, message }) => (
            <li key={`${code} ${message}`} className="break-words">
              {message} <span className="font-mono text-xs opacity-80">{code}</span>
            </li>
          ))}
        </ul>
      )}
      {accounts.length > 0 && (
        <p className="text-sm break-words text-ink-2">
          Accounts: {accounts.map(({ id, name, currency }) => `${name ?? id}${currency === null ? "" : ` (${currency})`}`).join(", ")}
        </p>
      )}
      {rows.length > 0 && <SampleRows rows={rows} />}
    </div>
  );
}

function SampleRows({ rows }: { rows: BankCheck["rows"] }) {
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
                <Badge tone={row.is_pending ? "neutral" : "good"}>{row.is_pending ? "Pending" : "Posted"}</Badge>
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
