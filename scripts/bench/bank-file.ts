/** A large bank's day as BAI2, from a seed: plain and continued transactions of every funds type, totals that add up. Never reads a file. */

export interface BankFile {
  seed: number;
  accounts: number;
  /** `YYMMDD`, one group each. */
  days: readonly string[];
  rowsPerStatement: number;
  fileId?: string;
  newline?: "\n" | "\r\n";
}

export const accountNumber = (index: number): string => `${4_000_000_000 + index}`;

/** So many days from the `skip`-th after `first` (`2026-06-01`), as `YYMMDD`. */
export function daysFrom(first: string, skip: number, count: number): string[] {
  const start = Date.parse(`${first}T00:00:00Z`);
  return Array.from({ length: count }, (_, day) => new Date(start + (skip + day) * DAY_MS).toISOString().slice(2, 10).replaceAll("-", ""));
}

const DAY_MS = 86_400_000;

export const juneDays = (count: number): string[] => daysFrom("2026-06-01", 0, count);

/** Yields about a megabyte at a time, so that a file of any size needs little memory. */
export function* bankFile(file: BankFile): Generator<Buffer> {
  const writer = new Writer(file);
  let fileTotal = 0n;
  writer.line(`01,FIRSTBANK,ACME,${file.days[0] ?? "260601"},0600,${file.fileId ?? "1"},,,2/`);
  for (const day of file.days) {
    const before = writer.records;
    writer.line(`02,ACME,FIRSTBANK,1,${day},2359,USD,2/`);
    let groupTotal = 0n;
    for (let account = 0; account < file.accounts; account += 1) {
      groupTotal += writer.statement(accountNumber(account), day, file.rowsPerStatement);
      if (writer.length > CHUNK_CHARS) yield writer.take();
    }
    writer.line(`98,${groupTotal},${file.accounts},${writer.records - before + 1}/`);
    fileTotal += groupTotal;
  }
  writer.line(`99,${fileTotal},${file.days.length},${writer.records + 1}/`);
  yield writer.take();
}

/** The whole file, for sizes that fit in memory. */
export function wholeBankFile(file: BankFile): Buffer {
  return Buffer.concat([...bankFile(file)]);
}

const CHUNK_CHARS = 1_000_000;
const CREDITS = ["142", "165", "169", "195", "206", "115", "174", "175"];
const DEBITS = ["451", "455", "475", "495", "469", "501", "698", "575"];
const WORDS =
  "ACME SUPPLY PAYROLL INVOICE VENDOR CORP LLC TRANSFER ONLINE DEPOSIT SETTLEMENT MERCHANT SVC FEE CHECK LOCKBOX ACH CREDIT DEBIT REF WIRE OUT IN GMBH HOLDINGS INTL FREIGHT RENT TAX REFUND PURCHASE CARD 4451".split(
    " ",
  );

class Writer {
  records = 0;
  #text = "";
  #state: number;
  #rows = 0;
  /** Each account's closing balance, which opens its next day. */
  readonly #balances = new Map<string, number>();
  readonly #newline: string;

  constructor({ seed, newline }: BankFile) {
    this.#state = (seed * 2_654_435_761) >>> 0 || 1;
    this.#newline = newline ?? "\n";
  }

  get length(): number {
    return this.#text.length;
  }

  take(): Buffer {
    const bytes = Buffer.from(this.#text, "latin1");
    this.#text = "";
    return bytes;
  }

  line(text: string): void {
    this.records += 1;
    this.#text += text + this.#newline;
  }

  /** 03 with opening and closing ledger, the transactions, 49; returns its control total. */
  statement(account: string, day: string, rows: number): bigint {
    const movements = Array.from({ length: rows }, () => this.#movement(day));
    const opening = this.#balances.get(account) ?? 1_000_000_000;
    const closing = movements.reduce((sum, movement) => sum + movement.signed, opening);
    this.#balances.set(account, closing);
    const before = this.records;
    this.line(`03,${account},USD,010,${opening},,,015,${closing},,/`);
    for (const movement of movements) for (const text of movement.lines) this.line(text);
    const total = movements.reduce((sum, movement) => sum + Math.abs(movement.signed), opening + closing);
    this.line(`49,${total},${this.records - before + 1}/`);
    return BigInt(total);
  }

  #movement(day: string): { signed: number; lines: string[] } {
    this.#rows += 1;
    const isCredit = this.#below(2) === 0;
    const amount = 1 + this.#below(this.#below(10) === 0 ? 200_000_000 : 500_000);
    const bankReference = `${this.#rows}`.padStart(12, "0") + `${this.#below(1_000_000)}`.padStart(6, "0");
    const customerReference = this.#below(2) === 0 ? `INV${`${this.#below(100_000_000)}`.padStart(8, "0")}` : "";
    const code = this.#pick(isCredit ? CREDITS : DEBITS);
    const head = `16,${code},${amount},${this.#funds(amount, day)},${bankReference},${customerReference},`;
    const lines = this.#below(10) < 3 ? this.#continued(head) : [`${head}${this.#words(3 + this.#below(6))}/`];
    return { signed: isCredit ? amount : -amount, lines };
  }

  #continued(head: string): string[] {
    const more = Array.from({ length: 1 + this.#below(3) }, () => `88,${this.#words(4 + this.#below(7))}`);
    return [`${head}${this.#words(3 + this.#below(5))}`, ...more.slice(0, -1), `${more.at(-1)}/`];
  }

  #funds(amount: number, day: string): string {
    const kind = this.#below(20);
    if (kind < 12) return "";
    if (kind < 16) return "0";
    if (kind < 17) return "1";
    if (kind < 18) return "Z";
    return kind < 19 ? `S,${amount},0,0` : `V,${day},`;
  }

  #words(count: number): string {
    return Array.from({ length: count }, () => this.#pick(WORDS)).join(" ");
  }

  #pick(choices: readonly string[]): string {
    return choices[this.#below(choices.length)] ?? "";
  }

  /** xorshift32: the same numbers on every machine. */
  #below(limit: number): number {
    let state = this.#state;
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    this.#state = state;
    return state % limit;
  }
}
