/** Reads waiting files by the worker, one after the other, asks once for the profile of each one's shape, and sends them when the person says so. */
import type { ColumnSetting, ProfileSettings } from "../../src/domain/profile.ts";
import { findProfile, saveProfile } from "../api/profiles.ts";
import { uploads } from "../api/uploads.ts";
import { askPreview, forgetPreview } from "./client.ts";
import type { PreviewAnswer } from "./messages.ts";
import type { PreviewView } from "./preview.ts";
import { askedWith, isAboutColumns, keptSettings, keyOf, say, settingsOf } from "./settings.ts";
import { type AskedQuestion, isReady, type WaitingFile, waiting } from "./waiting.ts";

/** The file that the page shows: its totals are worth counting. */
let shownId: number | null = null;
/** The file whose first view is on the way. */
let firstReadId: number | null = null;

export const reader = {
  /** Shows a file: its totals are counted from now on. */
  show(id: number): void {
    const isNew = shownId !== id;
    shownId = id;
    const one = waiting.find(id);
    if (isNew && one?.phase === "shown" && one.totals === null) read(one);
    readNext();
  },
  choose(id: number, { key, question }: AskedQuestion, chosen: number): void {
    const one = waiting.find(id);
    const choice = question.choices[chosen];
    if (one === undefined || choice === undefined) return;
    const asked = one.asked.map((other) => (other.key === key ? { ...other, chosen } : other));
    again(id, { asked, said: say(one.said, { key: keyOf(question), settings: choice.settings }) });
  },
  /** A column's role or reading. */
  sayColumns(id: number, columns: readonly ColumnSetting[]): void {
    const one = waiting.find(id);
    if (one === undefined) return;
    const said = columns.reduce((before, column) => say(before, { key: `column ${column.index}`, settings: { columns: [column] } }), [...one.said]);
    // What is asked about the columns is answered by them, and stays on the page while a person goes through them.
    const kept = one.asked.map((other) => (isAboutColumns(other.question) ? { ...other, chosen: 0 } : other));
    again(id, { said, asked: kept.filter(({ key, question }) => isAboutColumns(question) || said.some((saying) => saying.key === key)) });
  },
  /** The file's shape: where its cells begin and end. What was said and remembered of columns held for another shape. */
  sayShape(id: number, settings: ProfileSettings): void {
    const one = waiting.find(id);
    if (one === undefined) return;
    const shapes = one.said.filter(({ settings: { columns } }) => columns === undefined);
    const said = Object.entries(settings).reduce((before, [key, value]) => say(before, { key, settings: { [key]: value } }), [...shapes]);
    again(id, { said, asked: [], remembered: null });
  },
  sayCurrency(id: number, currency: string): void {
    const one = waiting.find(id);
    if (one !== undefined) again(id, { said: say(one.said, { key: "currency", settings: { currency } }) });
  },
  /** Back to what the file itself proves, and what is remembered of its shape. */
  takeBack(id: number): void {
    again(id, { said: [], asked: [], remembered: undefined });
  },
  /** The person says where its lines are cut and what its columns hold. */
  describe(id: number): void {
    again(id, { format: "custom", phase: "reading", refusal: null });
  },
  leaveOut(id: number): void {
    forgetPreview(id);
    waiting.remove(id);
    if (firstReadId === id) firstReadId = null;
    readNext();
  },
  /** Remembers what was said, then sends the file. Throws what the server refuses. */
  async send(id: number, rememberAs: string): Promise<void> {
    const one = waiting.find(id);
    if (one === undefined) return;
    const profileId = await rememberedId(one, rememberAs);
    forgetPreview(id);
    waiting.remove(id);
    uploads.add([one.file], one.connectionId, { format: one.format, profileId, accountId: one.accountId });
    readNext();
  },
};

async function rememberedId(one: WaitingFile, name: string): Promise<string | null> {
  const reading = one.view?.reading ?? null;
  const given = settingsOf(one);
  if (reading === null || given === null || one.said.length === 0) return null;
  const { signature, profile } = reading;
  const saved = await saveProfile({ name, format: profile.kind, signature: one.signature ?? signature, profile: keptSettings(given, reading) });
  return saved.id;
}

/** Reads the next file that nobody has looked at yet: the one that is shown first, then in order. */
function readNext(): void {
  if (firstReadId !== null) return;
  const unread = waiting.snapshot().filter(({ phase, isBusy }) => phase === "reading" && !isBusy);
  const next = unread.find(({ id }) => id === shownId) ?? unread[0];
  if (next === undefined) return;
  firstReadId = next.id;
  read(next);
}

function again(id: number, part: Partial<WaitingFile>): void {
  waiting.change(id, part);
  const one = waiting.find(id);
  if (one !== undefined) read(one);
}

function read(one: WaitingFile): void {
  waiting.change(one.id, { isBusy: true, totals: null });
  askPreview({ fileId: one.id, file: one.file, format: one.format, settings: settingsOf(one), withTotals: one.id === shownId }, hear);
}

function hear(answer: PreviewAnswer): void {
  const { fileId: id } = answer;
  const one = waiting.find(id);
  if (one === undefined) return;
  switch (answer.type) {
    case "totals":
      waiting.change(id, { totals: answer.totals });
      return;
    case "view":
      hearView(one, answer.view);
      return;
    case "refused":
      waiting.change(id, { phase: "refused", refusal: answer.refusal, isBusy: false });
      settle(id);
      return;
    case "failed":
      waiting.change(id, { phase: "failed", failure: answer.message, isBusy: false });
      settle(id);
  }
}

function hearView(one: WaitingFile, view: PreviewView): void {
  if (view.reading !== null && one.remembered === undefined) {
    void lookUp(one.id, view.reading.profile.kind, view.reading.signature, view);
    return;
  }
  const asked = askedWith(one.asked, view.reading?.questions ?? []);
  waiting.change(one.id, { phase: "shown", view, asked, isBusy: false });
  settle(one.id);
}

/** A profile that cannot be asked for is none: the file is then read by what it proves, and the server applies its own in any case. */
async function lookUp(id: number, format: string, signature: string, view: PreviewView): Promise<void> {
  const found = await findProfile(format, signature).catch(() => null);
  waiting.change(id, { remembered: found, signature });
  const one = waiting.find(id);
  if (one === undefined) return;
  if (found === null) hearView(one, view);
  else read(one);
}

function settle(id: number): void {
  if (firstReadId !== id) return;
  firstReadId = null;
  readNext();
}

/** Files that ask nothing go up together, as they stand. */
export function sendAllReady(): void {
  for (const one of waiting.snapshot().filter((file) => isReady(file) && file.said.length === 0)) void reader.send(one.id, "");
}
