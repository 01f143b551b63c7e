/** Tabs that are links: the chosen one stands in the URL, so that reload and Back restore it. */
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { cx } from "./cx.ts";

export function TabList({ label, children }: { label: string; children: ReactNode }) {
  return (
    <nav aria-label={label} className="-mb-px flex overflow-x-auto overscroll-x-contain [scrollbar-width:none]">
      {children}
    </nav>
  );
}

type TabProps = Pick<LinkProps, "to" | "params" | "search"> & { isChosen: boolean; children: ReactNode };

export function Tab({ isChosen, children, ...link }: TabProps) {
  const tab = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    const list = tab.current?.parentElement;
    if (!isChosen || !tab.current || !list) return;
    // On a narrow screen the chosen one may stand outside of what is seen; the page itself is not moved.
    const { left, right } = tab.current.getBoundingClientRect();
    const seen = list.getBoundingClientRect();
    if (right > seen.right) list.scrollLeft += right - seen.right;
    else if (left < seen.left) list.scrollLeft -= seen.left - left;
  }, [isChosen]);
  return (
    <Link
      {...link}
      ref={tab}
      replace
      resetScroll={false}
      aria-current={isChosen ? "page" : undefined}
      className={cx(
        "flex shrink-0 items-center gap-1.5 border-b-2 px-2.5 py-2.5 text-sm font-medium whitespace-nowrap focus-visible:-outline-offset-2",
        isChosen ? "border-accent text-ink" : "border-transparent text-ink-3 hover:text-ink",
      )}
    >
      {children}
    </Link>
  );
}
