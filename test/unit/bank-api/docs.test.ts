/** The page about banks' APIs names every problem that can be reported, and its example is a configuration. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { checkConfig } from "../../../src/domain/bank-api/check.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const textOf = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");
const page = textOf("docs/formats/bank-api.md");

it("names every problem", () => {
  const sources = ["src/domain/bank-api", "src/formats/bank-api"].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder)).map((file) => textOf(`${folder}/${file}`)),
  );

  const reported = sources.flatMap((source) =>
    [...source.matchAll(/(?:finding\(|(?<!addIssue\(\{ )code: )"([a-z]+(?:_[a-z]+)+)"/g)].map(([, code = ""]) => code),
  );
  expect(new Set(reported).size).toBeGreaterThan(12);
  expect(reported.filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});

it("its example is a configuration that reads such a bank", () => {
  const [, example = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const answer = {
    data: [
      {
        reference: "R1",
        amount: { value: "12.50", currency: "EUR" },
        booked_on: "2026-03-10",
        text: "Rent",
        purpose: "March",
        partner: { name: "Elm" },
        state: "BOOKED",
        direction: "OUT",
      },
      { reference: "R2", amount: { value: "1.00", currency: "EUR" }, booked_on: "2026-03-10", text: "Odd", state: "PARKED", direction: "IN" },
    ],
  };

  const { kind, rows, problems } = checkConfig(JSON.parse(example), JSON.stringify(answer));

  expect(kind).toBe("transactions");
  expect(rows).toMatchObject([{ amount_minor: "-1250", description: "Rent March · Elm", status: "posted" }]);
  expect(problems).toMatchObject([{ code: "unmapped_status", value: "PARKED" }]);
});
