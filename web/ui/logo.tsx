/** The mark: three strata, and the name. */
export function Logo() {
  return (
    <span className="flex items-center gap-2 font-semibold tracking-tight">
      <svg aria-hidden viewBox="0 0 20 20" className="size-5 text-accent" fill="none" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round">
        <path d="M3 4.5h14" />
        <path d="M3 10h9" opacity="0.75" />
        <path d="M3 15.5h12" opacity="0.5" />
      </svg>
      Stratifi
    </span>
  );
}
