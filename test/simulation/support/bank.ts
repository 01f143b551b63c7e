/** The banks of one small world: what moved on which day of which account, and the files that say so — again, overlapping, in other bytes. */
import { bai2, type Group, type Movement } from "../../fixtures/bai2-file.ts";
import type { Chance } from "../../harness/random.ts";

/** One statement as a file shows it. */
export interface ShownStatement {
  /** The bank's own number of the account. */
  number: string;
  day: string;
  /** `HHMM`; null where the group names none. */
  time: string | null;
  kind: "final" | "interim";
  /** 4 is a test: nothing of it is booked. */
  groupStatus: 1 | 2 | 3 | 4;
  opening: number;
  /** Null where the statement names none. */
  closing: number | null;
  available: number | null;
  rows: Movement[];
}

export interface BankFile {
  bytes: Uint8Array;
  /** In file order: the ordinals of the statements. */
  statements: ShownStatement[];
}

/** A code of which nobody says whether money came in or went out: its rows are invalid. */
const UNKNOWN_SIGN = "905";
const DAYS = ["2026-03-02", "2026-03-02", "2026-03-03"];

/** The bank behind one connection. */
export class Bank {
  private readonly chance: Chance;
  private readonly numbers: string[];
  private readonly truth = new Map<string, Movement[]>();
  private readonly sent: BankFile[] = [];
  private serial = 0;

  /** The account that another bank shows too: its statements are final and plain. */
  private readonly plainNumber: string;

  constructor(chance: Chance, numbers: string[], plainNumber: string) {
    this.plainNumber = plainNumber;
    this.chance = chance;
    this.numbers = numbers;
  }

  /** The next file: mostly news, sometimes what was sent before in other bytes, or the very same. */
  nextFile(): BankFile {
    const before = this.sent.length === 0 ? null : this.chance.pick(this.sent);
    if (before !== null && this.chance.percent(12)) return before;
    const groups = before !== null && this.chance.percent(25) ? regroup(before) : this.news();
    const file = { bytes: this.write(groups), statements: groups.flatMap(shown) };
    this.sent.push(file);
    return file;
  }

  private write(groups: Group[]): Uint8Array {
    this.serial += 1;
    return bai2(groups, {
      fileId: String(this.serial),
      newline: this.chance.pick(["\n", "\r\n"]),
      ...(this.chance.percent(30) ? { textWidth: 8 } : {}),
    });
  }

  private news(): Group[] {
    return Array.from({ length: 1 + this.chance.below(2) }, () => {
      const on = this.chance.pick(DAYS);
      const numbers = this.chance.percent(30) ? this.numbers : [this.chance.percent(70) ? (this.numbers[0] ?? "") : this.chance.pick(this.numbers)];
      const group = { on, ...timed(this.chance.pick(["", "", "2400", "1800"])), statements: numbers.map((number) => this.statement(number, on)) };
      if (this.chance.percent(8)) return { ...group, status: 4 };
      return numbers.includes(this.plainNumber) || this.chance.percent(40) ? group : this.special(group);
    });
  }

  /** The day so far, a correction of it, or its deletion. */
  private special({ on, statements, ...group }: Group): Group {
    const kind = this.chance.pick(["interim", "interim", "interim", "interim", "correction", "deletion"] as const);
    if (kind === "interim") return { on, statements, ...timed(this.chance.pick(["", "0800", "1800"])), modifier: 3 };
    return { on, statements, ...group, status: kind === "correction" ? 3 : 2 };
  }

  /** Most statements show the whole day so far; some only a part of it. */
  private statement(number: string, on: string): Group["statements"][number] {
    const key = `${number} ${on}`;
    const day = this.truth.get(key) ?? [];
    const fresh = Array.from({ length: this.chance.below(4) }, () =>
      day.length > 0 && this.chance.percent(30) ? this.chance.pick(day) : this.movement(),
    );
    this.truth.set(key, [...day, ...fresh]);
    const rows = this.chance.percent(70) ? [...day, ...fresh] : [...day, ...fresh].filter(() => this.chance.percent(60));
    const opening = this.chance.below(3) * 1_000;
    return {
      account: number,
      opening,
      // Now and then the bank does not say: then what it said before stands.
      closing: this.chance.percent(10) ? null : closingOf(opening, rows),
      ...(this.chance.percent(60) ? { available: closingOf(opening, rows) - 100 * this.chance.below(5) } : {}),
      rows,
    };
  }

  /** Few amounts, texts and references, so that rows repeat and meet. */
  private movement(): Movement {
    const amount = this.chance.pick([1_000, 1_000, 2_500, 700]);
    return {
      ...(this.chance.percent(5) ? { in: amount, code: UNKNOWN_SIGN } : this.chance.percent(70) ? { in: amount } : { out: amount }),
      text: this.chance.pick(["WIRE FROM ADA", "WIRE FROM ADA", "PAYROLL 12", "CARD 4711 SHOP"]),
      ...(this.chance.percent(50) ? { bank: this.chance.pick(["REF-0001", "REF-0002", "REF-0003"]) } : {}),
    };
  }
}

function shown(group: Group): ShownStatement[] {
  const kind = group.modifier === 3 || group.modifier === 1 ? "interim" : "final";
  return group.statements.map((statement) => ({
    number: statement.account,
    day: group.on,
    time: group.time ?? null,
    kind,
    groupStatus: group.status ?? 1,
    opening: statement.opening ?? 0,
    closing: statement.closing ?? null,
    available: statement.available ?? null,
    rows: statement.rows,
  }));
}

/** The file's groups once more, in the order in which they stood. */
function regroup(file: BankFile): Group[] {
  return file.statements.map((statement) => ({
    on: statement.day,
    ...timed(statement.time ?? ""),
    status: statement.groupStatus,
    modifier: statement.kind === "interim" ? 3 : 2,
    statements: [
      {
        account: statement.number,
        opening: statement.opening,
        closing: statement.closing,
        ...(statement.available === null ? {} : { available: statement.available }),
        rows: statement.rows,
      },
    ],
  }));
}

const timed = (time: string) => (time === "" ? {} : { time });
const closingOf = (opening: number, rows: Movement[]) => opening + rows.reduce((sum, row) => sum + signed(row), 0);

/** A row that cannot be booked: it is staged, counted and left behind. */
export const isInvalid = (row: Movement) => row.code === UNKNOWN_SIGN;

/** In minor units, positive into the account. */
export function signed(row: Movement): number {
  return Number(row.in ?? 0) - Number(row.out ?? 0);
}

/** What makes a movement itself, in plain words: blanks and case of the text do not. */
export function contentOf(row: Movement, day: string): string {
  const code = row.code ?? (row.in === undefined ? "495" : "195");
  return [day, signed(row), code, row.bank ?? "", row.customer ?? "", plain(row.text ?? "")].join("|");
}

export const plain = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
