/** A seeded CSV of a bank's kind for the benchmarks: quoted texts, line breaks in some, a running balance. The same seed, the same bytes. */
import { chanceOf } from "../../test/harness/random.ts";

const WORDS =
  "ACME SUPPLY PAYROLL INVOICE VENDOR CORP LLC TRANSFER ONLINE DEPOSIT SETTLEMENT MERCHANT SVC FEE CHECK CAFÉ MÜLLER REF WIRE GMBH HOLDINGS FREIGHT RENT TAX".split(
    " ",
  );

export function csvFile(rows: number): Buffer {
  const chance = chanceOf(1);
  const text = (words: number): string => Array.from({ length: words }, () => chance.pick(WORDS)).join(" ");
  const major = (minor: number): string => (minor / 100).toFixed(2);
  const lines = ["Date,Description,Amount,Balance,Reference"];
  let balance = 100_000_000;
  for (let row = 1; row <= rows; row += 1) {
    const plain = text(3 + chance.below(6));
    const kind = chance.below(100);
    const description =
      kind < 3 ? `"${plain}\n${text(2)}"` : kind < 6 ? `"${plain} ""${text(1)}"" CO"` : kind < 35 ? `"${plain}, ${text(2)}"` : plain;
    const minor = chance.below(20_000_000) - 10_000_000;
    balance += minor;
    const shown = Math.abs(minor) >= 100_000 && chance.percent(50) ? `"${major(minor).replace(/\B(?=(\d{3})+\.)/g, ",")}"` : major(minor);
    const day = `${String(1 + chance.below(12)).padStart(2, "0")}/${String(1 + chance.below(28)).padStart(2, "0")}/2026`;
    lines.push(`${day},${description},${shown},${major(balance)},${String(row).padStart(10, "0")}${chance.below(900_000) + 100_000}`);
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n`);
}
