/** Buttons and links that look like them. A busy button keeps its width and its words; it never pretends to be done. */
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx.ts";

type Look = "primary" | "secondary" | "quiet" | "danger";

const LOOKS = {
  primary: "bg-accent text-on-accent border-transparent hover:bg-accent-strong disabled:bg-line disabled:text-ink-3",
  secondary: "bg-surface text-ink border-line-strong hover:bg-sunken disabled:text-ink-3 disabled:border-line",
  quiet: "bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink disabled:text-ink-3",
  danger:
    "bg-surface text-bad border-line-strong hover:bg-bad-soft hover:border-bad disabled:text-ink-3 disabled:border-line disabled:hover:bg-surface",
} as const satisfies Record<Look, string>;

const SHAPE =
  "inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none transition-colors duration-100";
const SIZES = { small: "h-7 px-2 text-sm", normal: "h-9 px-3.5 text-base max-sm:h-10" } as const;

export function buttonClass(look: Look = "secondary", size: keyof typeof SIZES = "normal"): string {
  return cx(SHAPE, SIZES[size], LOOKS[look]);
}

interface ButtonProps extends ComponentProps<"button"> {
  look?: Look;
  size?: keyof typeof SIZES;
  isBusy?: boolean;
  icon?: ReactNode;
}

export function Button({ look = "secondary", size = "normal", isBusy = false, icon, className, children, disabled, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} disabled={disabled === true || isBusy} aria-busy={isBusy} className={cx(buttonClass(look, size), className)}>
      {isBusy ? <Spinner /> : icon}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <span aria-hidden className="inline-block size-3.5 shrink-0 animate-spin rounded-full border-2 border-current border-r-transparent opacity-70" />
  );
}
