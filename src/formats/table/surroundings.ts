/** Keeps what lines around a table say of its account and balances, as the parser meets them. Plain JSON; reads no movement. */
import type { Profile } from "../../domain/profile.ts";
import type { Day, Minor } from "../../domain/record.ts";
import { parsePattern, readDate } from "./date-cell.ts";
import { accountIn, balanceIn, type NamedAccount, type NamedFigures } from "./preamble.ts";

export interface NamedBalance {
  minor: Minor;
  /** The day that the line names. */
  on: Day | null;
  line: number;
}

/** For the checkpoint. */
export interface Surroundings {
  opening: NamedBalance | null;
  closing: NamedBalance | null;
  /** A balance of a day that is called neither: the last one. */
  other: NamedBalance | null;
  /** Different numbers that were named, at most two of a kind. */
  ibans: string[];
  numbers: string[];
}

export const startOfSurroundings = (): Surroundings => ({ opening: null, closing: null, other: null, ibans: [], numbers: [] });

/** The file's own account: the only IBAN, else the only number; of several none, so that a person says which. */
export function accountOf({ ibans, numbers }: Pick<Surroundings, "ibans" | "numbers">): string | null {
  const [only, more] = ibans.length > 0 ? ibans : numbers;
  return more === undefined ? (only ?? null) : null;
}

export function noteAccount(around: Pick<Surroundings, "ibans" | "numbers">, cells: readonly string[]): NamedAccount | null {
  const account = accountIn(cells);
  if (account === null) return null;
  const known = account.isIban ? around.ibans : around.numbers;
  if (known.length < 2 && !known.includes(account.number)) known.push(account.number);
  return account;
}

interface Line {
  cells: readonly string[];
  number: number;
  /** The figure among texts, as the table's own money is read. */
  read: (texts: readonly string[]) => Minor | null;
}

export function noteBalance(around: Surroundings, profile: Profile, { cells, number, read }: Line): void {
  const named = balanceIn(cells);
  if (named === null) return;
  const minor = read(named.values);
  if (minor !== null) noteNamed(around, profile, { named, minor, line: number });
}

export function noteNamed(
  around: Surroundings,
  profile: Profile,
  { named: { which, date }, minor, line }: { named: Pick<NamedFigures, "which" | "date">; minor: Minor; line: number },
): void {
  around[which] = { minor, on: date === null ? null : dayOf(date, profile), line };
}

/** By the order of the table's own days, else by the orders that can be nothing else. */
function dayOf(text: string, profile: Profile): Day | null {
  const own = profile.columns.find(({ role }) => role === "posted_on")?.reading;
  const patterns = [own?.kind === "date" ? own.pattern : null, "YYYY-MM-DD", text.includes(".") ? "DD.MM.YYYY" : null];
  for (const pattern of patterns) {
    const parsed = pattern === null ? null : parsePattern(pattern);
    const day = parsed === null ? null : readDate(text, parsed);
    if (day !== null) return day;
  }
  return null;
}
