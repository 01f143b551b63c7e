/** Files that were dropped and are not sent yet: a list outside React, so that changing the page loses nothing. Reads no byte of them. */
import type { Problem } from "../../src/domain/problem.ts";
import type { ProfileSettings, Question } from "../../src/domain/profile.ts";
import type { StoredProfile } from "../api/types.ts";
import type { PreviewTotals, PreviewView } from "./preview.ts";

/** One thing that the person said; the same key says it anew. */
export interface Saying {
  key: string;
  settings: ProfileSettings;
}

/** A question stays on the page after its answer, so that the answer can be changed. */
export interface AskedQuestion {
  key: string;
  question: Question;
  chosen: number | null;
}

export interface WaitingFile {
  id: number;
  file: File;
  connectionId: string | null;
  /** Text that no format knew, and that the person describes; null = it is recognized. */
  format: "custom" | null;
  /** `reading`: its first view is on the way. */
  phase: "reading" | "shown" | "refused" | "failed";
  view: PreviewView | null;
  totals: PreviewTotals | null;
  refusal: Problem | null;
  failure: string | null;
  /** Of the file as it stands, before anything was said: the next file of its bank is known by it. */
  signature: string | null;
  /** The profile of this file's shape; undefined until it has been looked for. */
  remembered: StoredProfile | null | undefined;
  said: readonly Saying[];
  asked: readonly AskedQuestion[];
  accountId: string | null;
  /** The name under which what was said is remembered; null until the person writes one. */
  name: string | null;
  /** A newer view is on the way. */
  isBusy: boolean;
}

let files: readonly WaitingFile[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

export const waiting = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  snapshot: (): readonly WaitingFile[] => files,
  find: (id: number): WaitingFile | undefined => files.find((one) => one.id === id),
  add(added: readonly File[], connectionId: string | null): void {
    files = [...files, ...added.map((file) => newFile(file, connectionId))];
    tell();
  },
  change(id: number, part: Partial<WaitingFile>): void {
    files = files.map((one) => (one.id === id ? { ...one, ...part } : one));
    tell();
  },
  remove(id: number): void {
    files = files.filter((one) => one.id !== id);
    tell();
  },
};

/** It asks nothing more, and may go up as it stands. */
export function isReady(one: WaitingFile): boolean {
  return one.phase === "shown" && !one.isBusy && openQuestions(one) === 0 && (one.view?.reading?.changed.length ?? 0) === 0;
}

export function openQuestions(one: WaitingFile): number {
  return one.view?.reading?.questions.length ?? 0;
}

function newFile(file: File, connectionId: string | null): WaitingFile {
  return {
    id: nextId++,
    file,
    connectionId,
    format: null,
    phase: "reading",
    view: null,
    totals: null,
    refusal: null,
    failure: null,
    signature: null,
    remembered: undefined,
    said: [],
    asked: [],
    accountId: null,
    name: null,
    isBusy: false,
  };
}

function tell(): void {
  for (const listener of listeners) listener();
}
