/** Every file on its way up, on every page: bytes, percent, speed, time left, cancel; what came of it, with the link. Stays until it is closed. */
import { useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { isUnderway, type UploadItem, uploads } from "../api/uploads.ts";
import { bytesText, percentOf } from "../lib/bytes.ts";
import { durationText } from "../lib/time.ts";
import { plural } from "../lib/words.ts";
import { waiting } from "../preview/waiting.ts";
import { Button } from "./button.tsx";
import { cx } from "./cx.ts";

export function UploadTray() {
  const items = useSyncExternalStore(uploads.subscribe, uploads.snapshot);
  const client = useQueryClient();
  const isAboveBar = useIsPreviewing();
  useEffect(() => uploads.onSettled(() => void client.invalidateQueries({ queryKey: ["jobs"] })), [client]);
  if (items.length === 0) return null;
  const underway = items.filter(isUnderway).length;
  return (
    <section
      aria-label="Uploads"
      className={cx(
        "fixed right-4 z-30 flex max-h-[60dvh] w-96 max-w-[calc(100vw-2rem)] flex-col rounded-xl bg-surface shadow-lift",
        isAboveBar ? "bottom-28 max-sm:bottom-40" : "bottom-4",
      )}
    >
      <header className="flex items-center gap-2 border-b border-line px-4 py-2.5">
        <h2 className="flex-1 text-sm font-semibold" aria-live="polite">
          {underway > 0 ? `Sending ${underway} ${plural(underway, "file")}` : `${items.length} ${plural(items.length, "file")} sent`}
        </h2>
        {underway === 0 && (
          <button
            type="button"
            onClick={() => uploads.dismissSettled()}
            aria-label="Close uploads"
            className="-mr-1 rounded-md p-1 text-ink-3 hover:bg-sunken hover:text-ink"
          >
            <X aria-hidden className="size-4" />
          </button>
        )}
      </header>
      <ul className="min-h-0 overflow-y-auto overscroll-contain">
        {items.map((item) => (
          <UploadLine key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** A file's preview has its Import at the foot of the page: the tray leaves it free. */
function useIsPreviewing(): boolean {
  const { pathname } = useLocation();
  const count = useSyncExternalStore(waiting.subscribe, waiting.snapshot).length;
  return pathname === "/imports/preview" && count > 0;
}

function UploadLine({ item }: { item: UploadItem }) {
  const percent = percentOf(item.sentBytes, item.file.size);
  return (
    <li className="flex flex-col gap-1.5 border-b border-line px-4 py-3 last:border-b-0">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate text-sm font-medium" title={item.file.name}>
          {item.file.name}
        </span>
        <UploadAction item={item} />
      </div>
      {isUnderway(item) && (
        <progress
          max={100}
          value={percent}
          aria-label={`${item.file.name} sent`}
          className="h-1 w-full appearance-none overflow-hidden rounded-full bg-line [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent"
        />
      )}
      <UploadWords item={item} percent={percent} />
    </li>
  );
}

function UploadAction({ item }: { item: UploadItem }) {
  if (isUnderway(item)) {
    return (
      <Button size="small" look="quiet" onClick={() => uploads.cancel(item.id)}>
        Cancel
      </Button>
    );
  }
  if (item.phase === "failed" || item.phase === "cancelled") {
    return (
      <span className="flex gap-1">
        <Button size="small" onClick={() => uploads.retry(item.id)}>
          Try again
        </Button>
        <Button size="small" look="quiet" onClick={() => uploads.dismiss(item.id)}>
          Remove
        </Button>
      </span>
    );
  }
  if (item.answer === null) return null;
  return (
    <Link
      to="/imports/$jobId"
      params={{ jobId: item.answer.job.id }}
      onClick={() => uploads.dismiss(item.id)}
      className="text-sm font-medium whitespace-nowrap text-accent underline-offset-2 hover:underline"
    >
      {item.phase === "duplicate" ? "Open the first import" : "Open import"}
    </Link>
  );
}

function UploadWords({ item, percent }: { item: UploadItem; percent: number }) {
  const isBad = item.phase === "failed";
  return (
    <p className={cx("text-xs tabular-nums break-words", isBad ? "text-bad" : "text-ink-3")} role={isBad ? "alert" : undefined}>
      {uploadSentence(item, percent)}
    </p>
  );
}

function uploadSentence(item: UploadItem, percent: number): string {
  const { size } = item.file;
  switch (item.phase) {
    case "queued":
      return `Waiting, ${bytesText(size)}`;
    case "sending": {
      const speed = item.bytesPerSecond;
      const pace = speed === null || speed <= 0 ? "" : `, ${bytesText(speed)}/s, ${durationText((size - item.sentBytes) / speed)} left`;
      return `${bytesText(item.sentBytes)} of ${bytesText(size)}, ${percent} %${pace}`;
    }
    case "confirming":
      return "All bytes sent. Waiting for the server to confirm that it has kept them.";
    case "retrying":
      return "A part did not arrive. Trying it again.";
    case "done":
      return `Received, ${bytesText(size)}`;
    case "duplicate":
      return item.answer?.message ?? "Already imported: the same bytes came before. Nothing was booked again.";
    case "failed":
      return item.problem?.message ?? "It did not arrive.";
    case "cancelled":
      return "Cancelled. Nothing was kept.";
  }
}
