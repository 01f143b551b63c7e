/** The preview's worker: holds the bytes of the file that is looked at and answers each wish with its view, then its totals. Never sends anything anywhere. */
import { type FormatId, RECOGNIZE_BYTES } from "../../src/formats/format.ts";
import { formatOf } from "../../src/formats/index.ts";
import type { PreviewAnswer, PreviewWish } from "./messages.ts";
import { type HeldFile, recognizeFile, totalsOf, viewOf } from "./preview.ts";

let held: { fileId: number; format: FormatId | null; file: HeldFile } | null = null;
/** The newest wish of each file. */
const newest = new Map<number, number>();

self.onmessage = (event: MessageEvent<PreviewWish>) => {
  newest.set(event.data.fileId, event.data.seq);
  void answer(event.data);
};

async function answer(wish: PreviewWish): Promise<void> {
  const say = (part: DistributiveOmit<PreviewAnswer, "seq" | "fileId">) => self.postMessage({ seq: wish.seq, fileId: wish.fileId, ...part });
  const isStale = () => newest.get(wish.fileId) !== wish.seq;
  try {
    const file = await hold(wish);
    if (isStale()) return;
    const found = viewOf(file, wish.settings);
    if ("refusal" in found) return say({ type: "refused", refusal: found.refusal });
    say({ type: "view", view: found.view });
    if (!wish.withTotals) return;
    const work = totalsOf(file, formatOf(found.view.format), found.view.options);
    for (;;) {
      await nextTurn();
      if (isStale()) return;
      const step = work.next();
      if (step.done === true) return say({ type: "totals", totals: step.value });
    }
  } catch (error) {
    say({ type: "failed", message: error instanceof Error ? error.message : `${error}` });
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The bytes of the file looked at last stay: each change of a setting reads them again, and the disk no more. */
async function hold({ fileId, file, format }: PreviewWish): Promise<HeldFile> {
  if (held !== null && held.fileId === fileId && held.format === format) return held.file;
  const about = { fileName: file.name, sizeBytes: file.size };
  const head = new Uint8Array(await file.slice(0, RECOGNIZE_BYTES).arrayBuffer());
  const { found, heldBytes } = recognizeFile(head, about, format === null ? null : formatOf(format));
  const bytes = new Uint8Array(await file.slice(0, heldBytes).arrayBuffer());
  const now = { ...about, found, bytes };
  held = { fileId, format, file: now };
  return now;
}

/** Lets a newer wish come in between two pieces. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
