/** The page's end of the preview's worker: one worker, made when the first file is looked at. Never reads a file itself. */
import type { ProfileSettings } from "../../src/domain/profile.ts";
import type { FormatId } from "../../src/formats/format.ts";
import type { PreviewAnswer, PreviewWish } from "./messages.ts";

let worker: Worker | null = null;
let seq = 0;
const waiting = new Map<number, { fileId: number; hear: (answer: PreviewAnswer) => void }>();

interface Wish {
  fileId: number;
  file: File;
  format: FormatId | null;
  settings: ProfileSettings | null;
  withTotals: boolean;
}

/** Asks for a file's view; `hear` is called with the view, then the totals. A newer wish for the same file silences the older. */
export function askPreview({ fileId, file, format, settings, withTotals }: Wish, hear: (answer: PreviewAnswer) => void): void {
  seq += 1;
  for (const [older, one] of waiting) if (one.fileId === fileId) waiting.delete(older);
  waiting.set(seq, { fileId, hear });
  const wish: PreviewWish = { seq, fileId, file, format, settings, withTotals };
  open().postMessage(wish);
}

export function forgetPreview(fileId: number): void {
  for (const [older, one] of waiting) if (one.fileId === fileId) waiting.delete(older);
}

function open(): Worker {
  if (worker !== null) return worker;
  worker = new Worker(new URL("./preview-worker.ts", import.meta.url), { type: "module", name: "preview" });
  worker.onmessage = (event: MessageEvent<PreviewAnswer>) => waiting.get(event.data.seq)?.hear(event.data);
  worker.onerror = (event) => {
    event.preventDefault();
    const asked = [...waiting];
    waiting.clear();
    worker?.terminate();
    worker = null;
    for (const [one, { fileId, hear }] of asked) hear({ seq: one, fileId, type: "failed", message: event.message || "The preview could not start." });
  };
  return worker;
}
