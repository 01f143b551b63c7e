/** The first rows as they would be booked, each cell that could not be read marked in its place with what stands there and why. */
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { Mark, MarkedField, PreviewRow } from "../../preview/preview.ts";
import { Badge } from "../../ui/badge.tsx";
import { cx } from "../../ui/cx.ts";
import { Movement } from "../../ui/money.tsx";
import { Section } from "../../ui/page.tsx";
import { Empty } from "../../ui/states.tsx";
import { Day } from "../../ui/time.tsx";

interface FirstRowsProps {
  rows: readonly PreviewRow[];
  isBusy: boolean;
  /** Lines are rows, as a spreadsheet counts. */
  isTable: boolean;
}

export function FirstRows({ rows, isBusy, isTable }: FirstRowsProps) {
  if (rows.length === 0) {
    return (
      <Section title="First rows">
        <Empty title="No movement was found at its beginning">Check how its columns are read, or that it is the right file.</Empty>
      </Section>
    );
  }
  const shows: Shows = {
    valueOn: rows.some((row) => row.valueOn !== null && row.valueOn !== row.postedOn),
    account: new Set(rows.map((row) => row.lastFour)).size > 1,
    reference: rows.some((row) => row.reference !== null),
  };
  return (
    <Section title={rows.length === 1 ? "Its only row so far" : `Its first ${rows.length} rows`} aside={<MarkCount rows={rows} />}>
      <div className={cx("@container transition-opacity", isBusy && "opacity-60")} aria-busy={isBusy}>
        <table className="w-full @max-2xl:block">
          <thead className="border-b border-line bg-sunken text-left text-xs text-ink-3 @max-2xl:sr-only">
            <tr>
              <th className="w-14 py-2 pl-4 font-medium">{isTable ? "Row" : "Line"}</th>
              <th className="w-28 px-3 py-2 font-medium">Booked</th>
              {shows.valueOn && <th className="w-28 px-3 py-2 font-medium">Value</th>}
              {shows.account && <th className="w-24 px-3 py-2 font-medium">Account</th>}
              <th className="px-3 py-2 font-medium">Text</th>
              {shows.reference && <th className="w-36 px-3 py-2 font-medium @max-4xl:hidden">Reference</th>}
              <th className="w-40 py-2 pr-4 pl-3 text-right font-medium">Amount</th>
            </tr>
          </thead>
          <tbody className="@max-2xl:block">
            {rows.map((row) => (
              <RowLine key={`${row.line} ${row.description} ${row.amountMinor}`} row={row} shows={shows} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

interface Shows {
  valueOn: boolean;
  account: boolean;
  reference: boolean;
}

const CELL = "px-3 py-2 align-top text-sm @max-2xl:p-0";

function RowLine({ row, shows }: { row: PreviewRow; shows: Shows }) {
  return (
    <tr className="border-b border-line last:border-b-0 @max-2xl:grid @max-2xl:grid-cols-[minmax(0,1fr)_auto] @max-2xl:gap-x-3 @max-2xl:gap-y-0.5 @max-2xl:px-4 @max-2xl:py-2.5">
      <td className="py-2 pl-4 align-top text-xs leading-5 text-ink-3 tabular-nums @max-2xl:hidden">{row.line}</td>
      <Cell row={row} field="posted_on" className="whitespace-nowrap @max-2xl:col-start-1 @max-2xl:row-start-2">
        {row.postedOn === null ? "no date" : <Day day={row.postedOn} />}
      </Cell>
      {shows.valueOn && (
        <Cell row={row} field="value_on" className="whitespace-nowrap @max-2xl:hidden">
          {row.valueOn === null ? null : <Day day={row.valueOn} />}
        </Cell>
      )}
      {shows.account && (
        <td className={cx(CELL, "font-mono text-ink-2 @max-2xl:col-start-2 @max-2xl:row-start-2")}>
          {row.lastFour === null ? "none" : `•••• ${row.lastFour}`}
        </td>
      )}
      <Cell row={row} field="description" className="max-w-0 @max-2xl:col-start-1 @max-2xl:row-start-1 @max-2xl:max-w-none">
        <span className="line-clamp-2 break-words">{row.description === "" ? <span className="text-ink-3">no text</span> : row.description}</span>
        {row.isPending && (
          <span className="mt-1 block">
            <Badge tone="neutral">Pending</Badge>
          </span>
        )}
        {row.marks.map((mark) => (
          <Reason key={mark.message} mark={mark} />
        ))}
      </Cell>
      {shows.reference && <td className={cx(CELL, "max-w-0 truncate text-ink-2 @max-4xl:hidden")}>{row.reference}</td>}
      <Cell row={row} field="amount" className="pr-4 text-right @max-2xl:col-start-2 @max-2xl:row-start-1">
        <Movement minor={row.amountMinor} currency={row.currency} />
      </Cell>
    </tr>
  );
}

/** A cell; where it could not be read, what stands in the file, on a red ground. The reason stands beside it, under the row's text. */
function Cell({ row, field, className, children }: { row: PreviewRow; field: MarkedField; className: string; children: ReactNode }) {
  const mark = row.marks.find((one) => one.field === field || (field === "amount" && one.field === "currency"));
  if (mark === undefined) return <td className={cx(CELL, className)}>{children}</td>;
  return (
    <td className={cx(CELL, className, "bg-bad-soft")}>
      {mark.value !== null && mark.value !== "" ? <span className="font-mono text-bad break-all">{mark.value}</span> : children}
    </td>
  );
}

function Reason({ mark }: { mark: Mark }) {
  return (
    <span
      className={cx(
        "mt-1 flex gap-1.5 text-left text-xs",
        mark.severity === "error" ? "text-bad" : mark.severity === "warning" ? "text-warn" : "text-ink-2",
      )}
    >
      <CircleAlert aria-hidden className="mt-0.5 size-3.5 shrink-0" />
      <span className="min-w-0 break-words">{mark.message}</span>
    </span>
  );
}

function MarkCount({ rows }: { rows: readonly PreviewRow[] }) {
  const marked = rows.filter((row) => row.marks.some(({ severity }) => severity === "error")).length;
  if (marked === 0) return null;
  return <Badge tone="bad">{marked === 1 ? "One row cannot be read" : `${marked} rows cannot be read`}</Badge>;
}
