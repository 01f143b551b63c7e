/** The last resorts: an address that names nothing, and a page that broke while it was drawn. */
import { Link } from "@tanstack/react-router";
import { Button, buttonClass } from "./button.tsx";

export function NotFoundPage() {
  return (
    <main className="mx-auto flex max-w-xl flex-col items-start gap-3 px-6 py-24">
      <h1 className="text-xl font-semibold">There is no such page</h1>
      <p className="text-ink-2">The link may be old or mistyped.</p>
      <Link to="/imports" className={buttonClass()}>
        Go to imports
      </Link>
    </main>
  );
}

export function PageCrashed({ error }: { error: unknown }) {
  return (
    <main role="alert" className="mx-auto flex max-w-xl flex-col items-start gap-3 px-6 py-24">
      <h1 className="text-xl font-semibold">This page broke while it was drawn</h1>
      <p className="text-ink-2">Nothing was changed. Load it again; if a new version has just been put up, that is enough.</p>
      <p className="font-mono text-xs break-words text-ink-3">{error instanceof Error ? error.message : "Unknown error"}</p>
      <Button onClick={() => location.reload()}>Load again</Button>
    </main>
  );
}
