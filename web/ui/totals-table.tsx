/** Money in and out, a currency a line. Shows the sums that it is given; adds nothing up. */
import { groupCount } from "../lib/money.ts";
import { plural } from "../lib/words.ts";
import { Movement } from "./money.tsx";

interface CurrencyTotal {
  currency: string | null;
  in_minor: string;
  out_minor: string;
  count: number;
}

export function TotalsTable({ totals }: { totals: readonly CurrencyTotal[] }) {
  return (
    <table className="w-full text-right">
      <thead className="border-b border-line bg-sunken text-xs text-ink-3">
        <tr>
          <th className="px-4 py-2 text-left font-medium">Currency</th>
          <th className="px-4 py-2 font-medium max-sm:hidden">Rows</th>
          <th className="px-4 py-2 font-medium">In</th>
          <th className="px-4 py-2 font-medium">Out</th>
        </tr>
      </thead>
      <tbody>
        {totals.map((total) => (
          <tr key={total.currency ?? ""} className="border-b border-line last:border-b-0">
            <th scope="row" className="px-4 py-2.5 text-left font-medium">
              {total.currency ?? "No currency"}
              <span className="block text-xs font-normal text-ink-3 sm:hidden">
                {groupCount(total.count)} {plural(total.count, "row")}
              </span>
            </th>
            <td className="px-4 py-2.5 text-ink-2 tabular-nums max-sm:hidden">{groupCount(total.count)}</td>
            <td className="px-4 py-2.5">
              <Movement minor={total.in_minor} currency={total.currency} withCurrency={false} />
            </td>
            <td className="px-4 py-2.5">
              <Movement minor={outOf(total.out_minor)} currency={total.currency} withCurrency={false} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Money out is shown with its minus, whether the total says so itself or not. */
function outOf(minor: string): string {
  return minor.startsWith("-") || /^0+$/.test(minor) ? minor : `-${minor}`;
}
