/** What a file holds before it is sent: format, reading, its first rows, then totals, problems and proof, by the same formats that the server runs. Pure; never sends a byte. */
import { addMinor } from "../../src/domain/money.ts";
import type { Problem } from "../../src/domain/problem.ts";
import { type ColumnRole, mergeSettings, type Profile, type ProfileSettings, type Reading } from "../../src/domain/profile.ts";
import { jobVerdict, statementVerdict } from "../../src/domain/proof.ts";
import type { Minor, ProofCheck, StatementRecord, StatementStart, TransactionRecord } from "../../src/domain/record.ts";
import { SampleMemory } from "../../src/formats/csv/memory.ts";
import { type Format, type FormatId, type MemberSettings, type ParseOptions, RECOGNIZE_BYTES, SAMPLE_BYTES } from "../../src/formats/format.ts";
import { recognize } from "../../src/formats/index.ts";
import { portions } from "../../src/formats/portions.ts";
import type { Recognition } from "../../src/formats/recognize.ts";
import { cellsOf } from "./cells.ts";

/** 5 MB: read whole in a second on an ordinary machine. Of a larger file the sample is shown, and said to be one. */
export const WHOLE_BYTES_MAX = 5_000_000;
/** 32 MB: formats that are read whole or not at all (a workbook, an archive) are taken in up to what the server takes. */
const REPLAYED_WHOLE_BYTES_MAX = 32_000_000;
/** 20 rows fill a screen; more are looked at after the upload. */
export const ROWS_SHOWN = 20;
/** 200 problems: more than a person reads before a file is sent again. */
const PROBLEMS_SHOWN_MAX = 200;
/** 16 KB hold 20 rows of nearly every bank. */
const VIEW_PIECE_BYTES = 16 * 1024;
/** 256 KB take a few milliseconds: between pieces a newer wish is heard. */
const TOTALS_PIECE_BYTES = 256 * 1024;

/** The file as the worker holds it: whole up to `WHOLE_BYTES_MAX`, else its beginning. */
export interface HeldFile {
  fileName: string;
  sizeBytes: number;
  /** Whose it is: found once, however often its settings change. */
  found: Recognition;
  bytes: Uint8Array;
}

/** Which of a row's fields a problem speaks of; `row` where it speaks of none that is shown. */
export type MarkedField = "posted_on" | "value_on" | "description" | "amount" | "currency" | "reference" | "row";

export interface Mark {
  field: MarkedField;
  /** What stands in the file. */
  value: string | null;
  message: string;
  severity: Problem["severity"];
}

export interface PreviewRow {
  line: number;
  /** The last four of the account's number, or null where the file names no account. */
  lastFour: string | null;
  postedOn: string | null;
  valueOn: string | null;
  amountMinor: Minor | null;
  currency: string | null;
  description: string;
  reference: string | null;
  isPending: boolean;
  marks: Mark[];
}

/** A column of a table as the file shows it. */
export interface ColumnCells {
  index: number;
  values: string[];
}

export interface PreviewView {
  format: FormatId;
  title: string;
  because: string;
  /** Null for formats that say themselves what their fields mean. */
  reading: Reading | null;
  /** What the parser is opened with. */
  options: ParseOptions;
  rows: PreviewRow[];
  /** Some cells of each column, where the format is a table. */
  columns: ColumnCells[];
  /** The bytes held are the whole file. */
  isWhole: boolean;
  heldBytes: number;
  /** The file names no account: the person says whose it is. */
  needsAccount: boolean;
}

export interface CurrencySum {
  currency: string | null;
  in_minor: Minor;
  out_minor: Minor;
  count: number;
}

export interface PreviewTotals {
  totals: CurrencySum[];
  statements: number;
  movements: number;
  problems: Problem[];
  problemCounts: Record<Problem["severity"], number>;
  /** Of the whole file; null where the bytes held are only its beginning, or nothing can be proven. */
  proofOk: boolean | null;
  checks: { currency: string | null; check: ProofCheck }[];
}

/** Whose a file is by its beginning, or what the person says, and how many of its bytes the preview takes in. */
export function recognizeFile(head: Uint8Array, { fileName, sizeBytes }: { fileName: string; sizeBytes: number }, said: Format | null = null) {
  const found = said === null ? recognize(head.subarray(0, RECOGNIZE_BYTES), fileName) : asSaid(said);
  const wholeMax = "format" in found && !found.format.resumable ? REPLAYED_WHOLE_BYTES_MAX : WHOLE_BYTES_MAX;
  return { found, heldBytes: sizeBytes <= wholeMax ? sizeBytes : Math.min(sizeBytes, SAMPLE_BYTES) };
}

const asSaid = (format: Format): Recognition => ({ format, confidence: { score: 1, because: "It is read as you describe it." } });

/** The format, how it is read with `settings`, and its first rows; or why it is not read at all. */
export function viewOf(held: HeldFile, settings: ProfileSettings | null): { view: PreviewView } | { refusal: Problem } {
  if ("refusal" in held.found) return held.found;
  const { format, confidence } = held.found;
  const { reading, options } = format.survey === undefined ? readingOf(held, format, settings) : membersOf(held, format, settings);
  const first = firstRows(held, format, { reading, options });
  return {
    view: {
      format: format.id,
      title: format.title,
      because: confidence.because,
      reading,
      options,
      rows: first.rows,
      columns: reading === null || format.survey !== undefined ? [] : cellsOf(held.bytes, reading.profile),
      isWhole: isWhole(held),
      heldBytes: held.bytes.byteLength,
      needsAccount: first.needsAccount,
    },
  };
}

/** All that the held bytes come to. Yields between pieces, so that the caller may stop; returns the totals. */
export function* totalsOf(held: HeldFile, formatOf: Format, options: ParseOptions): Generator<void, PreviewTotals> {
  const parser = formatOf.open(options);
  const sum = new Sum();
  for (let at = 0; at < held.bytes.byteLength; at += TOTALS_PIECE_BYTES) {
    for (const records of portions(parser, parser.push(held.bytes.subarray(at, at + TOTALS_PIECE_BYTES)))) {
      sum.add(records);
      yield;
    }
  }
  if (isWhole(held)) for (const records of portions(parser, parser.end())) sum.add(records);
  return sum.finish(isWhole(held));
}

const isWhole = (held: HeldFile): boolean => held.bytes.byteLength >= held.sizeBytes;

/** What was found in a held file's sample: a changed setting asks about the same bytes again. */
const memories = new WeakMap<HeldFile, SampleMemory>();

function memoryOf(held: HeldFile): SampleMemory {
  const memory = memories.get(held) ?? new SampleMemory();
  memories.set(held, memory);
  return memory;
}

interface Read {
  reading: Reading | null;
  options: ParseOptions;
}

function readingOf(held: HeldFile, format: Format, settings: ProfileSettings | null): Read {
  if (format.read === undefined) return { reading: null, options: {} };
  const sample = held.bytes.subarray(0, format.sampleBytes ?? SAMPLE_BYTES);
  const whole = held.sizeBytes <= sample.byteLength;
  const reading = format.read(sample, {
    fileName: held.fileName,
    whole,
    memory: memoryOf(held),
    ...(settings === null ? {} : { profile: settings }),
  });
  return { reading, options: { profile: reading.profile } };
}

/** Of the files in an archive: the reading of the first that leaves something open, else of the first that needs one. Shown of a whole archive only. */
function membersOf(held: HeldFile, format: Format, settings: ProfileSettings | null): Read {
  const said: MemberSettings = settings === null ? {} : { fitting: settings };
  const survey = format.survey?.(said);
  if (survey === undefined || !isWhole(held)) return { reading: null, options: { members: said } };
  survey.push(held.bytes);
  const shapes = survey.end();
  const open = shapes.find(({ reading: { questions, changed } }) => questions.length + changed.length > 0) ?? shapes[0];
  // As of a file by itself, what is open is shown by its first choice until it is said.
  const shown = shapes.map(({ proved, reading: { signature, questions } }) => {
    const first = questions.flatMap(({ choices: [choice] }) => (choice === undefined ? [] : [choice.settings]));
    return [signature, [...(proved === null ? [] : [proved]), ...first].reduce(mergeSettings, {})] as const;
  });
  return { reading: open?.reading ?? null, options: { members: { ...said, bySignature: Object.fromEntries(shown) } } };
}

function firstRows(held: HeldFile, format: Format, { reading, options }: Read): { rows: PreviewRow[]; needsAccount: boolean } {
  const parser = format.open(options);
  const records: StatementRecord[] = [];
  let movements = 0;
  for (let at = 0; at < held.bytes.byteLength && movements < ROWS_SHOWN; at += VIEW_PIECE_BYTES) {
    const found = parser.push(held.bytes.subarray(at, at + VIEW_PIECE_BYTES));
    movements += found.filter(({ type }) => type === "transaction").length;
    records.push(...found);
  }
  if (movements < ROWS_SHOWN && isWhole(held)) records.push(...parser.end());
  return rowsOf(records, reading?.profile ?? null);
}

function rowsOf(records: readonly StatementRecord[], profile: Profile | null): { rows: PreviewRow[]; needsAccount: boolean } {
  const statements = new Map<number, StatementStart>();
  const rows: PreviewRow[] = [];
  const problems: Problem[] = [];
  let needsAccount = false;
  for (const record of records) {
    if (record.type === "statement") {
      statements.set(record.ordinal, record);
      needsAccount ||= record.externalAccountId === null;
    } else if (record.type === "problem") problems.push(record.problem);
    else if (record.type === "transaction" && rows.length < ROWS_SHOWN) rows.push(rowOf(record, statements.get(record.statement) ?? null));
  }
  for (const problem of problems) {
    const row = problem.line === null ? undefined : rows.find((one, at) => isInRow(problem.line ?? 0, one.line, rows[at + 1]?.line));
    row?.marks.push({ field: fieldOf(problem.field, profile), value: problem.value, message: problem.message, severity: problem.severity });
  }
  return { rows, needsAccount };
}

/** The last row shown ends with its own line: what comes behind it is not shown. */
const isInRow = (line: number, start: number, next: number | undefined): boolean => line >= start && line < (next ?? start + 1);

function rowOf(record: TransactionRecord, statement: StatementStart | null): PreviewRow {
  return {
    line: record.place.line,
    lastFour: statement?.externalAccountId?.slice(-4) ?? null,
    postedOn: record.postedOn,
    valueOn: record.valueOn,
    amountMinor: record.amountMinor,
    currency: record.currency ?? statement?.currency ?? null,
    description: record.description,
    reference: record.bankReference || record.customerReference || null,
    isPending: record.isPending,
    marks: [],
  };
}

const FIELD_OF_ROLE: Partial<Record<ColumnRole, MarkedField>> = {
  posted_on: "posted_on",
  value_on: "value_on",
  description: "description",
  amount: "amount",
  debit: "amount",
  credit: "amount",
  indicator: "amount",
  fee: "amount",
  currency: "currency",
  reference: "reference",
};
const FIELDS: readonly MarkedField[] = ["posted_on", "value_on", "description", "amount", "currency", "reference"];

/** A problem names a column of the table, or the format's own word for a field. */
function fieldOf(field: string | null, profile: Profile | null): MarkedField {
  const role = profile?.columns.find(({ name }) => name === field)?.role;
  if (role !== undefined) return FIELD_OF_ROLE[role] ?? "row";
  return FIELDS.find((known) => known === field) ?? "row";
}

/** Adds up what a parser gives, a currency at a time. */
class Sum {
  readonly #byCurrency = new Map<string | null, CurrencySum>();
  readonly #currencies = new Map<number, string | null>();
  readonly #problems: Problem[] = [];
  readonly #counts: PreviewTotals["problemCounts"] = { error: 0, warning: 0, info: 0 };
  readonly #checks: PreviewTotals["checks"] = [];
  readonly #verdicts: (boolean | null)[] = [];
  #statements = 0;
  #movements = 0;

  add(records: readonly StatementRecord[]): void {
    for (const record of records) this.#addRecord(record);
  }

  finish(isWholeFile: boolean): PreviewTotals {
    return {
      totals: [...this.#byCurrency.values()],
      statements: this.#statements,
      movements: this.#movements,
      problems: this.#problems,
      problemCounts: this.#counts,
      proofOk: isWholeFile ? jobVerdict(this.#verdicts) : null,
      checks: isWholeFile ? this.#checks : [],
    };
  }

  #addRecord(record: StatementRecord): void {
    switch (record.type) {
      case "statement":
        this.#statements += 1;
        this.#currencies.set(record.ordinal, record.currency);
        return;
      case "transaction":
        this.#addMovement(record);
        return;
      case "statement_end":
        this.#verdicts.push(statementVerdict(record.proof));
        for (const check of record.proof) this.#checks.push({ currency: this.#currencies.get(record.statement) ?? null, check });
        return;
      case "check":
        this.#verdicts.push(record.check.ok);
        this.#checks.push({ currency: null, check: record.check });
        return;
      case "problem":
        this.#counts[record.problem.severity] += 1;
        if (this.#problems.length < PROBLEMS_SHOWN_MAX) this.#problems.push(record.problem);
        return;
      default:
    }
  }

  #addMovement({ amountMinor, sign, currency: own, statement }: TransactionRecord): void {
    this.#movements += 1;
    if (amountMinor === null || sign === null) return;
    const currency = own ?? this.#currencies.get(statement) ?? null;
    const sum = this.#byCurrency.get(currency) ?? { currency, in_minor: "0", out_minor: "0", count: 0 };
    if (amountMinor.startsWith("-")) sum.out_minor = addMinor(sum.out_minor, amountMinor);
    else sum.in_minor = addMinor(sum.in_minor, amountMinor);
    sum.count += 1;
    this.#byCurrency.set(currency, sum);
  }
}
