/** Files on their way up: a queue outside React, so that changing the page loses nothing. Progress is what XHR reports, never a guess. */
import { ApiProblem } from "./client.ts";
import { type FileSettings, sendInOne, sendInParts, type Transfer } from "./transfer.ts";
import type { UploadAnswer } from "./types.ts";

/** Over this a file goes in parts: below the platform's 100 MB body limit with room for headers. */
export const ONE_BODY_MAX_BYTES = 90_000_000;
/** Two at a time fill an ordinary line; more would only make each one's estimate worse. */
const TRANSFERS_AT_ONCE_MAX = 2;
/** Speed is measured over the last five seconds: long enough to be calm, short enough to be true. */
const SPEED_WINDOW_MS = 5000;

export type UploadPhase = "queued" | "sending" | "confirming" | "retrying" | "done" | "duplicate" | "failed" | "cancelled";

export interface UploadItem {
  id: number;
  file: File;
  connectionId: string | null;
  said: FileSettings;
  phase: UploadPhase;
  sentBytes: number;
  /** Bytes a second over the last five seconds; null until it is known. */
  bytesPerSecond: number | null;
  answer: UploadAnswer | null;
  problem: ApiProblem | null;
}

interface Running {
  transfer: Transfer | null;
  samples: { atMs: number; bytes: number }[];
  abort: AbortController;
}

let items: readonly UploadItem[] = [];
let nextId = 1;
const running = new Map<number, Running>();
const listeners = new Set<() => void>();
const settledListeners = new Set<(item: UploadItem) => void>();

export const uploads = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  snapshot: (): readonly UploadItem[] => items,
  /** Called once for each file that the server has answered for. */
  onSettled(listener: (item: UploadItem) => void): () => void {
    settledListeners.add(listener);
    return () => settledListeners.delete(listener);
  },
  add(files: readonly File[], connectionId: string | null, said: FileSettings = NOTHING_SAID): void {
    const added = files.map(
      (file): UploadItem => ({
        id: nextId++,
        file,
        connectionId,
        said,
        phase: "queued",
        sentBytes: 0,
        bytesPerSecond: null,
        answer: null,
        problem: null,
      }),
    );
    items = [...items, ...added];
    startWaiting();
  },
  cancel(id: number): void {
    running.get(id)?.abort.abort();
    change(id, { phase: "cancelled", bytesPerSecond: null });
    running.delete(id);
    startWaiting();
  },
  /** Sends it again; a file in parts goes on with the parts that are missing. */
  retry(id: number): void {
    change(id, { phase: "queued", problem: null });
    startWaiting();
  },
  dismiss(id: number): void {
    items = items.filter((item) => item.id !== id);
    resumable.delete(id);
    tell();
  },
  dismissSettled(): void {
    items = items.filter(isUnderway);
    tell();
  },
};

const NOTHING_SAID: FileSettings = { format: null, profileId: null, accountId: null };

export function isUnderway(item: UploadItem): boolean {
  return item.phase === "queued" || item.phase === "sending" || item.phase === "confirming" || item.phase === "retrying";
}

/** What is known of a file in parts that failed on the way, by item id. */
const resumable = new Map<number, Transfer>();

function startWaiting(): void {
  tell();
  const next = items.find((item) => item.phase === "queued" && !running.has(item.id));
  if (next === undefined || running.size >= TRANSFERS_AT_ONCE_MAX) return;
  void send(next);
  startWaiting();
}

async function send(item: UploadItem): Promise<void> {
  const { id } = item;
  const run: Running = { transfer: resumable.get(id) ?? null, samples: [], abort: new AbortController() };
  running.set(id, run);
  change(id, { phase: "sending", sentBytes: 0 });
  const progress = {
    sent: (bytes: number) => noteProgress(id, run, bytes),
    confirming: () => change(id, { phase: "confirming", sentBytes: item.file.size, bytesPerSecond: null }),
    retrying: () => change(id, { phase: "retrying", bytesPerSecond: null }),
    opened: (transfer: Transfer) => resumable.set(id, transfer),
  };
  try {
    const way = item.file.size > ONE_BODY_MAX_BYTES ? sendInParts : sendInOne;
    const { file, connectionId, said } = item;
    const answer = await way({ file, connectionId, said, signal: run.abort.signal, progress, resume: run.transfer });
    settle(id, { phase: answer.duplicate ? "duplicate" : "done", answer, sentBytes: item.file.size });
  } catch (error) {
    if (run.abort.signal.aborted) return;
    settle(id, { phase: "failed", bytesPerSecond: null, problem: error instanceof ApiProblem ? error : new ApiProblem(0, { detail: `${error}` }) });
  }
}

function settle(id: number, outcome: Partial<UploadItem>): void {
  running.delete(id);
  change(id, outcome);
  const settled = items.find((item) => item.id === id);
  if (settled !== undefined) for (const listener of settledListeners) listener(settled);
  startWaiting();
}

function noteProgress(id: number, run: Running, bytes: number): void {
  const atMs = performance.now();
  run.samples = [...run.samples.filter((sample) => atMs - sample.atMs < SPEED_WINDOW_MS), { atMs, bytes }];
  const first = run.samples[0];
  const elapsedMs = first === undefined ? 0 : atMs - first.atMs;
  const bytesPerSecond = first === undefined || elapsedMs < 400 ? null : ((bytes - first.bytes) / elapsedMs) * 1000;
  change(id, { phase: "sending", sentBytes: bytes, bytesPerSecond });
}

function change(id: number, part: Partial<UploadItem>): void {
  items = items.map((item) => (item.id === id ? { ...item, ...part } : item));
  tell();
}

function tell(): void {
  for (const listener of listeners) listener();
}
