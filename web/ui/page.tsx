/** The frame of a page: its title, its actions, its sections. Layout only. */
import type { ReactNode } from "react";
import { usePageTitle } from "../lib/hooks.ts";
import { cx } from "./cx.ts";

interface PageProps {
  title: string;
  /** Drawn in the heading's place where the title alone is not enough. */
  heading?: ReactNode;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, lead, actions, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className="mx-auto flex w-full max-w-[78rem] flex-col gap-6 px-4 py-6 sm:px-8 sm:py-8">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 flex-1 basis-72">
          {heading ?? <h1 className="text-xl font-semibold tracking-tight break-words">{title}</h1>}
          {lead !== undefined && <div className="mt-1 max-w-[75ch] text-pretty text-ink-2">{lead}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

interface SectionProps {
  title: string;
  aside?: ReactNode;
  children: ReactNode;
  /** Without paper of its own. */
  isFlush?: boolean;
  id?: string;
}

export function Section({ title, aside, children, isFlush = false, id }: SectionProps) {
  return (
    <section id={id} className="flex min-w-0 scroll-mt-16 flex-col gap-3" aria-label={title}>
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="text-lg font-semibold tracking-tight">{title}</h2>
        {aside}
      </div>
      {isFlush ? children : <Sheet>{children}</Sheet>}
    </section>
  );
}

/** White paper on the grey desk: what belongs together. */
export function Sheet({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cx("min-w-0 overflow-clip rounded-lg border border-line bg-surface", className)}>{children}</div>;
}

/** Facts in pairs: a term and what it is. */
export function Facts({ facts, className }: { facts: readonly (readonly [term: string, value: ReactNode])[]; className?: string }) {
  return (
    <dl className={cx("grid grid-cols-[minmax(6rem,auto)_1fr] gap-x-4 gap-y-1.5", className)}>
      {facts.map(([term, value]) => (
        <div key={term} className="col-span-2 grid grid-cols-subgrid">
          <dt className="text-ink-3">{term}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
