/** Money on the page: tabular figures, the currency's own decimals, sign by text and colour. Shows what it is given; never adds. */
import { decimalsOf, groupMinor, signedMinor, signOf } from "../lib/money.ts";
import { cx } from "./cx.ts";

/** A movement: `+1,200.00 USD` green, `−90.00 USD` in ink. */
export function Movement({ minor, currency, withCurrency = true }: { minor: string | null; currency: string | null; withCurrency?: boolean }) {
  if (minor === null) return <span className="text-ink-3">no amount</span>;
  return (
    <span className={cx("tabular-nums whitespace-nowrap", signOf(minor) > 0 && "text-good")}>
      {signedMinor(minor, currency)}
      {withCurrency && <CurrencyCode currency={currency} />}
    </span>
  );
}

/** A balance or a total: its sign shows only where it is negative. */
export function Amount({ minor, currency, withCurrency = true }: { minor: string | null; currency: string | null; withCurrency?: boolean }) {
  if (minor === null) return <span className="text-ink-3">not stated</span>;
  return (
    <span className={cx("tabular-nums whitespace-nowrap", signOf(minor) < 0 && "text-bad")}>
      {groupMinor(minor, currency)}
      {withCurrency && <CurrencyCode currency={currency} />}
    </span>
  );
}

function CurrencyCode({ currency }: { currency: string | null }) {
  if (currency === null) return <span className="ml-1 text-xs text-ink-3">no currency</span>;
  return (
    <abbr
      title={`${currency}, ${decimalsOf(currency)} decimals`}
      className="ml-1 inline-block w-[2.4em] text-left text-[0.7857em] text-ink-3 no-underline"
    >
      {currency}
    </abbr>
  );
}
