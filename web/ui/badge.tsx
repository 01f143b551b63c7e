/** A state in words on a tinted ground. The word carries the meaning; colour and dot only help to find it. */
import type { ReactNode } from "react";
import type { Tone } from "../lib/words.ts";
import { cx } from "./cx.ts";

const TONES = {
  neutral: "bg-sunken text-ink-2 border-line",
  busy: "bg-note-soft text-note border-transparent",
  good: "bg-good-soft text-good border-transparent",
  warn: "bg-warn-soft text-warn border-transparent",
  bad: "bg-bad-soft text-bad border-transparent",
} as const satisfies Record<Tone, string>;

export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className={cx("inline-flex h-[1.375rem] items-center gap-1.5 rounded-full border px-2 text-xs font-medium whitespace-nowrap", TONES[tone])}>
      <span aria-hidden className={cx("size-1.5 rounded-full bg-current", tone === "busy" && "animate-pulse")} />
      {children}
    </span>
  );
}

/** The number beside a tab or a menu entry. */
export function Count({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cx("inline-flex min-w-5 justify-center rounded-full border px-1.5 text-xs tabular-nums", TONES[tone])}>{children}</span>;
}
