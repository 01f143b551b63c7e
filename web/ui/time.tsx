/** Instants with their zone, days as days. */
import { useNow } from "../lib/hooks.ts";
import { agoText, dayText, instantText } from "../lib/time.ts";

export function Day({ day }: { day: string | null }) {
  if (day === null) return <span className="text-ink-3">no date</span>;
  return (
    <time dateTime={day} className="whitespace-nowrap tabular-nums">
      {dayText(day)}
    </time>
  );
}

export function Instant({ at }: { at: string | null }) {
  if (at === null) return <span className="text-ink-3">never</span>;
  return (
    <time dateTime={at} title={at} className="tabular-nums">
      {instantText(at)}
    </time>
  );
}

export function Ago({ at }: { at: string | null }) {
  const now = useNow();
  if (at === null) return <span className="text-ink-3">never</span>;
  return (
    <time dateTime={at} title={instantText(at)} className="whitespace-nowrap">
      {agoText(at, now)}
    </time>
  );
}
