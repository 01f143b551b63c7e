/** Prints an inspected file for people: accounts with money in the right decimals, problems, proof. Never shortens an amount. */
import { formatMinor } from "../../src/domain/money.ts";
import { typeCodeOf } from "../../src/formats/bai2/type-codes.ts";
import type { InspectedAccount, InspectedFile, InspectedProof } from "./inspection.ts";

export function printTables(file: InspectedFile): string {
  const count = file.accounts.reduce((sum, account) => sum + account.transactions.length, 0);
  const heading = [
    `${file.file_name} · ${file.size_bytes.toLocaleString("en-US")} bytes · ${file.format ?? "format unknown"} · sha256 ${file.sha256.slice(0, 16)}…`,
    `${counted(file.accounts.length, "statement")}, ${counted(count, "transaction")}, ${counted(file.problems.length, "problem")}`,
  ];
  // Never spread: a statement may have half a million rows.
  const lines = heading.concat(inferenceLines(file), file.accounts.flatMap(accountLines), problemLines(file), proofLines(file.proof));
  return `${lines.join("\n")}\n`;
}

function inferenceLines({ inference, members }: InspectedFile): string[] {
  const ofMembers = (members ?? []).flatMap((shape) => {
    const more = shape.files.length > 1 ? ` and ${shape.files.length - 1} more` : "";
    return inferenceTable(`How ${shape.files[0] ?? "it"}${more} is read`, shape.inference);
  });
  return inference === undefined ? ofMembers : inferenceTable("How it is read", inference);
}

function inferenceTable(title: string, inference: NonNullable<InspectedFile["inference"]>): string[] {
  const rows = inference.map(({ column, role, reading, confidence, evidence }) => [
    column ?? "(the file)",
    role,
    cut(reading),
    confidence,
    cut(evidence),
  ]);
  return ["", title, ...table(["column", "role", "reading", "confidence", "evidence"], rows, [])];
}

function accountLines(account: InspectedAccount): string[] {
  const as = `${account.as_of ?? "no day"}, ${account.kind}`;
  const heading = [
    "",
    `Account ${account.external_account_id ?? "without a number"} · ${account.currency ?? "no currency"} · ${as} · line ${account.line}`,
  ];
  const balances = account.balances.map((balance) => [
    balance.type_code,
    money(balance.amount_minor, balance.currency),
    balance.item_count === null ? "" : `${balance.item_count}`,
    described(balance.type_code),
  ]);
  const rows = account.transactions.map((row) => [
    `${row.line}`,
    row.posted_on ?? "",
    row.type_code,
    money(row.amount_minor, row.currency),
    row.bank_reference ?? "",
    row.customer_reference ?? "",
    cut(row.description.replaceAll("\n", " ")),
  ]);
  return heading.concat(
    balances.length === 0 ? [] : table(["code", "amount", "items", "balance"], balances, [1, 2]),
    rows.length === 0 ? [] : table(["line", "posted", "code", "amount", "bank ref", "customer ref", "description"], rows, [0, 3]),
  );
}

function problemLines(file: InspectedFile): string[] {
  if (file.problems.length === 0) return ["", "No problems."];
  return [
    "",
    "Problems",
    ...file.problems.map(({ severity, code, line, record, field, message }) => {
      const where = [line === null ? "" : `line ${line}`, record ?? "", field ?? ""].filter((part) => part !== "").join(" ");
      return `  ${severity.padEnd(7)} ${where === "" ? "" : `${where}: `}${message} [${code}]`;
    }),
  ];
}

/** What failed by name; what held and what could not be asked, as numbers. */
function proofLines(proof: readonly InspectedProof[]): string[] {
  const failed = proof.filter((check) => check.ok === false);
  const held = proof.filter((check) => check.ok === true).length;
  const open = proof.length - held - failed.length;
  return [
    "",
    `Proof: ${held} held, ${failed.length} failed, ${open} not provable from the file`,
    ...failed.map(
      ({ check, line, expected, actual, note }) =>
        `  ${check} at line ${line ?? "?"}: expected ${expected ?? "-"}, found ${actual ?? "-"}. ${note ?? ""}`,
    ),
  ];
}

function table(head: string[], rows: string[][], right: number[]): string[] {
  const widths = head.map((title, column) => rows.reduce((widest, row) => Math.max(widest, (row[column] ?? "").length), title.length));
  const line = (cells: string[]): string =>
    `  ${cells.map((cell, column) => (right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join("  ")}`.trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

const money = (minor: string | null, currency: string | null): string => (minor === null ? "-" : formatMinor(minor, currency));

const described = (typeCode: string): string => typeCodeOf(typeCode)?.description ?? "";

const counted = (count: number, noun: string): string => `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;

const DESCRIPTION_CHARS_MAX = 60;

const cut = (text: string): string => (text.length > DESCRIPTION_CHARS_MAX ? `${text.slice(0, DESCRIPTION_CHARS_MAX - 1)}…` : text);
