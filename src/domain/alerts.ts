/** What people can be told of, where, and in which words. Pure: a message is made of ids, stable words and masked names, never of amounts or secrets. */
import type { ConnectionId, JobId, OutboxId } from "./ids.ts";

export const CHANNEL_TYPES = ["slack", "email", "webhook"] as const;
export type ChannelType = (typeof CHANNEL_TYPES)[number];

/** What can be told of. The last three belong to connections that fetch by themselves. */
export const ALERT_EVENTS = [
  "job_failed",
  "job_in_review",
  "job_needs_mapping",
  "job_needs_reading",
  "proof_broken",
  "dead_letter",
  "audit_broken",
  "connection_needs_reauthentication",
  "credential_expires",
  "freshness_lost",
] as const;
export type AlertEvent = (typeof ALERT_EVENTS)[number];
/** What a delivery can be of: a person's trial goes the same way as an alert. */
export const DELIVERED_EVENTS = [...ALERT_EVENTS, "test"] as const;
export type DeliveredEvent = (typeof DELIVERED_EVENTS)[number];

interface EventWords {
  /** Of one: a whole sentence without its full stop. */
  one: string;
  /** Of several, behind their number. */
  many: string;
}

export const EVENT_WORDS = {
  job_failed: { one: "An import failed", many: "imports failed" },
  job_in_review: { one: "An import waits for review", many: "imports wait for review" },
  job_needs_mapping: { one: "An import waits for its accounts to be mapped", many: "imports wait for their accounts to be mapped" },
  job_needs_reading: { one: "A file waits to be told how it is read", many: "files wait to be told how they are read" },
  proof_broken: { one: "A file does not add up", many: "files do not add up" },
  dead_letter: { one: "A step was given up after many attempts", many: "steps were given up after many attempts" },
  audit_broken: { one: "The audit log was altered", many: "times the audit log was found altered" },
  connection_needs_reauthentication: {
    one: "A connection has stopped until a person sees to it",
    many: "connections have stopped until a person sees to them",
  },
  credential_expires: { one: "A connection's credential expires soon", many: "connections' credentials expire soon" },
  freshness_lost: { one: "A connection has brought nothing for too long", many: "connections have brought nothing for too long" },
  test: { one: "This is a test", many: "tests" },
} as const satisfies Record<DeliveredEvent, EventWords>;

export const MESSAGE_STATUSES = ["open", "sent", "shown", "given_up"] as const;
/** `shown`: a local run, which shows its messages on a page instead of sending them. */
export type AlertMessageStatus = (typeof MESSAGE_STATUSES)[number];

/** One alert as its message tells it. */
export interface AlertLine {
  id: OutboxId;
  event: DeliveredEvent;
  /** The file and where it came from, or null where the event says it all. */
  about: string | null;
  /** A stable word, e.g. why an import failed. */
  code: string | null;
  job_id: JobId | null;
  connection_id: ConnectionId | null;
  raised_at: string;
}

/** What a message says, the same at every attempt and for every kind of channel. */
export interface AlertContent {
  alerts: AlertLine[];
}

/** The alerts of one kind in a message; several of one import count once. */
export interface AlertSection {
  title: string;
  lines: { text: string; path: string | null }[];
  /** How many more there are than lines. */
  more: number;
}

/** 10 lines a kind: what a person reads; the rest is a number and a link to the page that lists them. */
const LINES_MAX = 10;

/** The message by kind, in the order of the kinds. */
export function sectionsOf(content: AlertContent): AlertSection[] {
  return DELIVERED_EVENTS.flatMap((event) => {
    const lines = distinct(content.alerts.filter((alert) => alert.event === event));
    if (lines.length === 0) return [];
    const shown = lines.slice(0, LINES_MAX).map((line) => ({ text: textOf(line), path: pathOf(line) }));
    return [{ title: titleOf(event, lines.length), lines: shown, more: lines.length - shown.length }];
  });
}

/** One line that names everything: the subject of an e-mail, the notification on a telephone. */
export function subjectOf(content: AlertContent): string {
  const sections = sectionsOf(content);
  const [only] = sections;
  const [line] = only?.lines ?? [];
  if (sections.length === 1 && only?.lines.length === 1 && line !== undefined && line.text !== "") return `${only.title}: ${line.text}`;
  return sections.map((section, index) => (index === 0 ? section.title : lowerFirst(section.title))).join("; ");
}

function titleOf(event: DeliveredEvent, count: number): string {
  return count === 1 ? EVENT_WORDS[event].one : `${count} ${EVENT_WORDS[event].many}`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** The last word on each import; what belongs to no import stands for itself. */
function distinct(alerts: readonly AlertLine[]): AlertLine[] {
  const bySubject = new Map<string, AlertLine>();
  for (const alert of alerts) {
    const subject = alert.job_id ?? alert.connection_id ?? (alert.event === "dead_letter" ? alert.id : alert.event);
    bySubject.delete(subject);
    bySubject.set(subject, alert);
  }
  return [...bySubject.values()];
}

/** What an alert is about, in one line; may be empty. */
export function textOf({ about, code }: AlertLine): string {
  const because = code === null ? "" : `(${code.replaceAll("_", " ")})`;
  return [about ?? "", because].filter((part) => part !== "").join(" ");
}

/** Where the dashboard shows what the alert is about. */
export function pathOf({ event, job_id: jobId, connection_id: connectionId }: AlertLine): string | null {
  if (jobId !== null) return `/imports/${jobId}`;
  if (event === "audit_broken") return "/audit";
  if (connectionId !== null) return `/connections/${connectionId}`;
  return null;
}

/** 120 characters: the longest name that fits a telephone's three lines. */
const NAME_MAX = 120;

const IBAN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/gu;
/** 7 digits: the shortest account numbers that banks put into file names. */
const LONG_NUMBER = /\d{7,}/gu;
const DAY = /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/u;

/** A name as it may leave the house: banks put account numbers into file names, so of a long number only the last four stay. A day stays a day. */
export function maskedName(name: string): string {
  const masked = name.replace(IBAN, lastFour).replace(LONG_NUMBER, (number) => (DAY.test(number) ? number : lastFour(number)));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name is one line wherever it goes.
  return masked.replace(/[\u0000-\u001f\u007f\u2028\u2029]/gu, " ").slice(0, NAME_MAX);
}

const lastFour = (number: string) => `…${number.replaceAll(" ", "").slice(-4)}`;

/** 1, 2, 4 … up to 15 minutes, each between half and the whole of it: what was away for a minute is told at the next minute or the one after. */
export function alertBackoffSeconds(failures: number, random: number): number {
  const whole = Math.min(900, 60 * 2 ** Math.min(failures - 1, 4));
  return Math.ceil(whole / 2 + (whole / 2) * random);
}
