/** `npm run inspect`, as outside programs call it. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, describe, expect, it } from "vitest";
import { fileOf } from "./bai2/reading.ts";

const root = join(import.meta.dirname, "../..");
const node = join(root, "node_modules/.bin/node");
const folder = mkdtempSync(join(tmpdir(), "inspect-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string): string => join(root, "test/fixtures/bai2", name);

function inspect(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(node, [join(root, "scripts/inspect.ts"), ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("inspect --json", { timeout: 30_000 }, () => {
  it("prints one object with exactly the promised fields", () => {
    const path = join(folder, "x.bai");
    const text = fileOf(["03,0123456789,USD,015,35217175,,/", "16,475,490196,,172629,,CHECK PAID/"]).replace("49,0,0/", "49,35707371,3/");
    writeFileSync(path, text);
    const { status, stdout } = inspect(path, "--json");

    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      format: "bai2",
      file_name: "x.bai",
      size_bytes: text.length,
      sha256: createHash("sha256").update(text).digest("hex"),
      accounts: [
        {
          external_account_id: "0123456789",
          currency: "USD",
          line: 3,
          as_of: "2026-03-01",
          balances: [{ type_code: "015", amount_minor: "35217175", currency: "USD", as_of: "2026-03-01", item_count: null, funds_type: null }],
          transactions: [
            {
              amount_minor: "-490196",
              currency: "USD",
              posted_on: "2026-03-01",
              type_code: "475",
              funds_type: null,
              bank_reference: "172629",
              customer_reference: "",
              description: "CHECK PAID",
              external_transaction_id: null,
              is_pending: false,
              line: 4,
            },
          ],
        },
      ],
      problems: [
        { severity: "warning", code: "control_total_mismatch", line: 6, record: "98", field: "control_total", value: "0", expected: "35707371" },
        { code: "record_count_mismatch", line: 6 },
        { code: "record_count_mismatch", line: 7 },
      ],
    });
    const [first] = JSON.parse(stdout).proof;
    expect(first).toMatchObject({
      external_account_id: "0123456789",
      line: 5,
      check: "account_control_total",
      expected: "35707371",
      actual: "35707371",
      ok: true,
    });
    expect(JSON.parse(stdout).proof.at(-1)).toMatchObject({ external_account_id: null, check: "file_record_count", ok: false });
  });

  it("ends with 1 for an error-level problem, and prints it all the same", () => {
    const { status, stdout } = inspect(fixture("truncated-in-an-amount.bai"), "--json", "--format", "bai2");

    expect(status).toBe(1);
    expect(JSON.parse(stdout).accounts[0].transactions).toHaveLength(1);
  });

  it("a file of no known format is one problem", () => {
    const path = join(folder, "x.pdf");
    writeFileSync(path, "%PDF-1.7");
    const { status, stdout } = inspect(path, "--json");

    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      format: null,
      size_bytes: 8,
      accounts: [],
      proof: [],
      problems: [{ code: "pdf_file", severity: "error" }],
    });
  });
});

describe("inspect for people", { timeout: 30_000 }, () => {
  it("shows accounts, money in the currency's own decimals, problems and proof", () => {
    const { status, stdout } = inspect(fixture("currencies-of-every-kind.bai"));

    expect(status).toBe(1);
    expect(stdout).toMatch(/Account 1 · JPY[\s\S]* 1500 [\s\S]*Account 2 · KWD[\s\S]* 1\.500 [\s\S]*Account 3 · EUR[\s\S]* 15\.00 /);
    expect(stdout).toMatch(/error {3}line 11 03 currency: Expected a currency of three letters/);
    expect(stdout).toMatch(/Proof: \d+ held, 0 failed/);
  });
});

describe("inspect of an archive", { timeout: 30_000 }, () => {
  it("asks once for the tables of one shape, and takes a profile for those that have its columns", () => {
    const path = join(folder, "bank.zip");
    const table = strToU8("Date,Description,Amount\n03/04/2026,Rent,-1.00\n");
    writeFileSync(path, zipSync({ "a.csv": table, "b.csv": table, "c.csv": strToU8("Datum;Text;Betrag\n25.03.2026;Miete;-1,00\n") }));
    const profile = join(folder, "days.json");
    writeFileSync(profile, JSON.stringify({ columns: [{ name: "Date", reading: { kind: "date", pattern: "DD/MM/YYYY" } }] }));

    const asked = inspect(path, "--json");
    const answered = inspect(path, "--profile", profile, "--json");
    const printed = inspect(path, "--profile", profile);

    expect([asked.status, answered.status]).toEqual([1, 0]);
    expect(JSON.parse(asked.stdout).problems).toContainEqual(
      expect.objectContaining({ code: "ambiguous_column", severity: "error", field: "Date", message: expect.stringMatching(/^In a\.csv: /) }),
    );
    expect(JSON.parse(answered.stdout)).toMatchObject({
      problems: [],
      members: [{ format: "csv", files: ["a.csv", "b.csv"], signature: "csv:date|description|amount" }, { files: ["c.csv"] }],
      accounts: [{ member: "a.csv", as_of: "2026-04-03" }, { member: "b.csv" }, { member: "c.csv", as_of: "2026-03-25" }],
    });
    expect(printed.stdout).toMatch(/How a\.csv and 1 more is read[\s\S]*DD\/MM\/YYYY[\s\S]*How c\.csv is read/);
  });
});

describe("inspect of a very long statement", { timeout: 60_000 }, () => {
  it("prints every row", () => {
    const file = join(folder, "long.csv");
    const rows = Array.from({ length: 150_000 }, (_, at) => `2026-03-${String(13 + (at % 10))},Row ${at},-${at}.25,USD`);
    writeFileSync(file, ["Date,Description,Amount,Currency", ...rows, ""].join("\n"));

    const printed = join(folder, "long.txt");
    const { status } = spawnSync("/bin/sh", ["-c", `"${node}" "${join(root, "scripts/inspect.ts")}" "${file}" > "${printed}"`], { encoding: "utf8" });

    expect(status).toBe(0);
    expect(readFileSync(printed, "utf8").match(/^ *\d+ {2}2026-03-/gm)).toHaveLength(150_000);
  });
});

describe("inspect called wrongly", { timeout: 30_000 }, () => {
  it.each([
    [["/no/such/file"], "Cannot read"],
    [[], "Expected the path of a file"],
    [["a", "b"], "Expected one file"],
    [["a", "--format", "pdf"], "Expected --format to be one of bai2"],
    [["a", "--profile", "p.json"], "Cannot read p.json"],
    [["a", "--wrong"], "--wrong"],
    [["."], "none"],
  ])("%j says what was expected, and ends with 2", (args, message) => {
    const { status, stdout, stderr } = inspect(...args);

    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr).toContain("Usage: npm run -s inspect");
  });
});
