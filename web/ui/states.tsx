/** The states a page may be in besides being full: loading, empty, refused, broken, away. Each says what happened and the one next thing to do. */
import { CircleAlert, CloudOff, Lock, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { ApiProblem } from "../api/client.ts";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";

/** A block of the real layout's size while its content is on the way. */
export function Bone({ className }: { className: string }) {
  return <span aria-hidden className={cx("skeleton block", className)} />;
}

const WIDTHS = ["w-2/5", "w-1/3", "w-1/2"];
/** At most twelve rows of bones: more than a screen's worth says nothing. */
const BONE_WIDTHS = [..."abcdefghijkl"].map((key, index) => ({ key, width: WIDTHS[index % WIDTHS.length] }));

/** Rows of the real height, so that nothing moves when they fill. */
export function BoneRows({ rows, className = "h-11" }: { rows: number; className?: string }) {
  return (
    <div role="status" aria-label="Loading">
      {BONE_WIDTHS.slice(0, rows).map(({ key, width }) => (
        <div key={key} className={cx("flex items-center gap-4 border-b border-line px-4 last:border-b-0", className)}>
          <Bone className={cx("h-3", width)} />
          <Bone className="ml-auto h-3 w-20" />
        </div>
      ))}
    </div>
  );
}

export function Empty({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-2 px-4 py-10 sm:px-6">
      <h2 className="text-lg font-semibold">{title}</h2>
      {children !== undefined && <p className="max-w-prose text-ink-2">{children}</p>}
      {action !== undefined && <div className="mt-2">{action}</div>}
    </div>
  );
}

interface PendingProps {
  query: { data: unknown; error: Error | null; refetch: () => unknown };
  /** The skeleton of what is on the way. */
  children: ReactNode;
}

/** The skeleton until the first answer, or why there is none; nothing at all once there is one. */
export function Pending({ query, children }: PendingProps) {
  if (query.data !== undefined) return null;
  return query.error === null ? children : <Failed error={query.error} retry={() => void query.refetch()} />;
}

/** A whole view that could not be shown. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const { icon: Icon, title, advice } = failureWords(error);
  return (
    <div role="alert" className="flex flex-col items-start gap-2 px-4 py-10 sm:px-6">
      <Icon aria-hidden className="size-5 text-ink-3" />
      <h2 className="text-lg font-semibold">{title}</h2>
      <p className="max-w-prose text-ink-2">{error instanceof Error ? error.message : "Something unexpected happened."}</p>
      <p className="max-w-prose text-ink-2">{advice}</p>
      {retry !== undefined && <Button onClick={retry}>Try again</Button>}
      <RequestId error={error} />
    </div>
  );
}

/** A refused action, shown where it was tried and kept until it is tried again. */
export function Refused({ error }: { error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <div role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
      <p className="break-words">{error instanceof Error ? error.message : "Something unexpected happened."}</p>
      <RequestId error={error} />
    </div>
  );
}

const NOTE_TONES = {
  note: "bg-note-soft text-note",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
  good: "bg-good-soft text-good",
} as const;

/** A sentence that the reader must not miss, with its action at its end. */
export function Note({ tone, children, action }: { tone: keyof typeof NOTE_TONES; children: ReactNode; action?: ReactNode }) {
  return (
    <div className={cx("flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg px-4 py-3", NOTE_TONES[tone])}>
      <div className="min-w-0 flex-1 basis-60 break-words">{children}</div>
      {action}
    </div>
  );
}

function RequestId({ error }: { error: unknown }) {
  if (!(error instanceof ApiProblem) || error.requestId === null) return null;
  return <p className="mt-1 font-mono text-xs opacity-80">Request {error.requestId}</p>;
}

function failureWords(error: unknown): { icon: LucideIcon; title: string; advice: string } {
  const status = error instanceof ApiProblem ? error.status : -1;
  if (status === 0) return { icon: CloudOff, title: "No connection", advice: "What you see again will be as it was; nothing is lost." };
  if (status === 403)
    return {
      icon: Lock,
      title: "Your role does not include this",
      advice: "An owner or admin of your organisation can do it, or give you the role.",
    };
  if (status === 404)
    return { icon: CircleAlert, title: "Not found", advice: "The link may be old, or what it names belongs to another organisation." };
  return {
    icon: CircleAlert,
    title: "This could not be shown",
    advice: "Try again. If it stays, give the request number below to whoever runs this system.",
  };
}
