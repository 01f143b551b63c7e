/** The bank's own bytes, as text and nothing more. */

export function RawLine({ raw, lineStart, lineEnd }: { raw: string | null; lineStart: number; lineEnd: number }) {
  return (
    <figure className="flex flex-col gap-1.5">
      <figcaption className="text-sm text-ink-3">
        {lineStart === lineEnd ? `Line ${lineStart} as the bank sent it` : `Lines ${lineStart} to ${lineEnd} as the bank sent them`}
      </figcaption>
      {raw === null ? (
        <p className="text-sm text-ink-2">It is shown only to roles that may read files.</p>
      ) : (
        <pre className="max-h-48 overflow-auto rounded-md border border-line bg-sunken px-3 py-2 font-mono text-xs leading-5 break-all whitespace-pre-wrap">
          {raw}
        </pre>
      )}
    </figure>
  );
}
