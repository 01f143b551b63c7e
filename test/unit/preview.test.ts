/** What the browser shows of a file before it is sent, by the same code: first rows, marks, sums, and what it takes in of a large file. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { type HeldFile, type PreviewTotals, type PreviewView, recognizeFile, totalsOf, viewOf } from "../../web/preview/preview.ts";
import { keptSettings, settingsOf } from "../../web/preview/settings.ts";

const CSV =
  "Date;Text;Amount;Currency\n13.02.2026;Rent;-1.250,00;EUR\n14.02.2026;Wages;1x,0;EUR\n15.02.2026;Sale;2.000,10;USD\n16.02.2026;Sale;5,00;USD\n";

function hold(text: string, sizeBytes = text.length): HeldFile {
  const bytes = new TextEncoder().encode(text);
  const about = { fileName: "bank.csv", sizeBytes };
  return { ...about, bytes, found: recognizeFile(bytes, about).found };
}

function shown(held: HeldFile): PreviewView {
  const found = viewOf(held, null);
  if ("refusal" in found) throw new Error(found.refusal.message);
  return found.view;
}

function summed(held: HeldFile): PreviewTotals {
  if ("refusal" in held.found) throw new Error(held.found.refusal.message);
  const work = totalsOf(held, held.found.format, shown(held).options);
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

describe("a file's preview", () => {
  it("a cell that cannot be read is marked in its row and field, and counts in no sum", () => {
    const held = hold(CSV);

    const { rows } = shown(held);
    const { totals, problemCounts } = summed(held);

    expect(rows.map(({ marks }) => marks.map(({ field, value }) => `${field} ${value}`))).toEqual([[], ["amount 1x,0"], [], []]);
    expect(rows[1]?.amountMinor).toBeNull();
    expect(totals).toEqual([
      { currency: "EUR", in_minor: "0", out_minor: "-125000", count: 1 },
      { currency: "USD", in_minor: "200510", out_minor: "0", count: 2 },
    ]);
    expect(problemCounts.error).toBe(1);
  });

  it("shows twenty rows of a long file and says where a file is only shown by its beginning", () => {
    const line = (n: number) => `${13 + (n % 15)}.02.2026;Row ${n};${n},00;EUR\n`;
    const long = `Date;Text;Amount;Currency\n${Array.from({ length: 500 }, (_, n) => line(n + 1)).join("")}`;

    const part = hold(long, 50_000_000);

    expect(shown(part)).toMatchObject({ isWhole: false, rows: { length: 20 } });
    expect(summed(part)).toMatchObject({ proofOk: null, checks: [] });
    expect(shown(hold(long)).isWhole).toBe(true);
  });

  it.each([
    ["same-account-twice.bai", true],
    ["records-out-of-place.bai", false],
    // Its statement holds; what no trailer says of the file and its groups proves nothing.
    ["trailers-leave-out-counts-and-totals.bai", null],
    ["headers-missing.bai", null],
  ])("the verdict over %s is the one that its import will have: %j", (name, verdict) => {
    expect(summed(hold(readFileSync(path.join(import.meta.dirname, "../fixtures/bai2", name), "latin1")))).toMatchObject({ proofOk: verdict });
  });

  it("takes in up to 5 MB whole, and of a larger file the sample", () => {
    const head = new TextEncoder().encode(CSV);

    const sizes = [1_000, 5_000_000, 5_000_001].map((sizeBytes) => recognizeFile(head, { fileName: "bank.csv", sizeBytes }).heldBytes);

    expect(sizes).toEqual([1_000, 5_000_000, 1_048_576]);
  });

  it("keeps for the bank's next file what a person said, and nothing that this file proved", () => {
    const { reading } = shown(hold(CSV));
    if (reading === null) throw new Error("A CSV has a reading.");
    const said = { columns: [{ name: "Text", index: 1, role: "reference" as const }] };

    const kept = keptSettings(said, reading);

    expect(kept).toEqual(said);
  });

  it("keeps the names of a header that a person showed: the next file may have it in another row", () => {
    const { reading } = shown(hold(CSV));
    if (reading === null) throw new Error("A CSV has a reading.");

    const kept = keptSettings({ header_row: 1, columns: [{ name: "Text", index: 1, role: "reference" }] }, reading);

    expect(kept.columns).toEqual([
      { name: "Date", index: 0 },
      { name: "Text", index: 1, role: "reference" },
      { name: "Amount", index: 2 },
      { name: "Currency", index: 3 },
    ]);
  });

  it("a role said anew takes the remembered reading of the old role with it", () => {
    const amount = { kind: "amount" as const, decimal: "," as const, thousands: null, plain_is: "in" as const, unit: "major" as const };
    const remembered = {
      id: "01930000-000e-7000-8000-000000000001",
      name: "Bank",
      format: "csv",
      signature: "csv:date|amount",
      version: 1,
      profile: { columns: [{ name: "Amount", role: "amount", reading: amount }] },
      used_by_jobs: 0,
      created_by: null,
      created_at: "2026-03-01T00:00:00Z",
    };

    const given = settingsOf({ remembered, said: [{ key: "column 1", settings: { columns: [{ name: "Amount", index: 1, role: "balance" }] } }] });

    expect(given?.columns).toEqual([{ name: "Amount", index: 1, role: "balance" }]);
  });
});

describe("an archive's preview", () => {
  const OPEN = "Date,Description,Amount\n03/04/2026,Rent,-1.00\n05/04/2026,Sale,2.00\n";
  const archive = (files: Record<string, string>) => {
    const bytes = zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])), {
      mtime: new Date("2026-01-01T00:00:00Z"),
    });
    const about = { fileName: "bank.zip", sizeBytes: bytes.length };
    return { ...about, bytes, found: recognizeFile(bytes, about).found };
  };

  it("asks what a table in it leaves open, and shows its rows once that is said", () => {
    const held = archive({ "a.csv": OPEN, "b.csv": OPEN });
    const view = shown(held);
    const [choice] = view.reading?.questions[0]?.choices.filter(({ reading }) => reading.startsWith("DD")) ?? [];

    const answered = viewOf(held, choice?.settings ?? null);

    expect(view).toMatchObject({ format: "archive", rows: { length: 4 }, reading: { questions: [{ code: "date_order", member: "a.csv" }] } });
    expect("view" in answered && answered.view.reading?.questions).toEqual([]);
    expect("view" in answered && answered.view.rows.map(({ postedOn }) => postedOn)).toEqual([
      "2026-04-03",
      "2026-04-05",
      "2026-04-03",
      "2026-04-05",
    ]);
  });

  it("that asks nothing shows what is in it", () => {
    const held = archive({ "a.csv": OPEN.replace("05/", "25/") });

    expect(shown(held).rows).toHaveLength(2);
    expect(summed(held)).toMatchObject({ statements: 1, movements: 2 });
  });
});
