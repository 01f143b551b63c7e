/** Thirty days as thirty small bars with the sentence that says the same. A day without rows is a gap in the row, never a line drawn through it. */
import { activitySentence, type DayRows } from "../lib/activity.ts";
import { cx } from "./cx.ts";

const BAR = 4;
const GAP = 1;
const HEIGHT = 28;
/** The least that can be seen: one row beside a day of thousands. */
const BAR_LEAST = 2;

interface SparklineProps {
  days: readonly DayRows[];
  className?: string;
  /** Larger, beside a sentence that is seen and therefore not said again. */
  isTall?: boolean;
}

export function Sparkline({ days, className, isTall = false }: SparklineProps) {
  const most = Math.max(1, ...days.map(({ rows }) => rows));
  const width = days.length * (BAR + GAP) - GAP;
  return (
    <figure className={cx("min-w-0", className)}>
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden className={cx("block w-full", isTall ? "h-20" : "h-7")}>
        <line x1={0} x2={width} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} vectorEffect="non-scaling-stroke" className="stroke-line" />
        {days.map(({ on, rows }, index) => {
          const height = rows === 0 ? 0 : Math.max(BAR_LEAST, (rows / most) * (HEIGHT - 2));
          return <rect key={on} x={index * (BAR + GAP)} y={HEIGHT - 1 - height} width={BAR} height={height} className="fill-accent" />;
        })}
      </svg>
      {!isTall && <figcaption className="sr-only">{activitySentence(days)}</figcaption>}
    </figure>
  );
}
