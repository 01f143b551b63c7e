/** Files of every kind in their preview, in a real browser: tables that are no CSV, text that a person describes, and what columns hold where nothing says so. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { idOf } from "../fakes/dashboard-nouns.ts";
import { dropFile, importShown, openDashboard, openRoom } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();
const FIXTURES = path.resolve(import.meta.dirname, "../fixtures");

/** Bytes as they stand: a workbook and an archive are no text. */
async function chooseFixture(page: Page, fixture: string): Promise<void> {
  const buffer = readFileSync(path.join(FIXTURES, fixture));
  await page.locator('input[type="file"]').setInputFiles({ name: path.basename(fixture), mimeType: "application/octet-stream", buffer });
}

describe.skipIf(!hasBrowser)("the preview of every kind of file (skipped where no Chromium is installed)", () => {
  it.each([
    ["json/array-of-objects.json", "JSON"],
    ["xlsx/dates-as-serials.xlsx", "Excel"],
    ["qif/dates-day-first-proven.qif", "QIF"],
    ["archive/every-format.zip", ".zip and .gz archives"],
  ])("%s is shown with its format, its rows and what it comes to", (fixture, format) =>
    visit({}, async ({ page, complaints }) => {
      await openRoom(page, "/imports");

      await chooseFixture(page, fixture);
      await page.getByText(/^[\d,]+ movements? in [\d,]+ statements?/).waitFor();

      await page.getByText(format, { exact: true }).first().waitFor();
      await expect.poll(() => page.getByRole("row").count()).toBeGreaterThan(1);
      await expect.poll(() => page.getByText("empty", { exact: true }).count()).toBe(0);
      expect(complaints).toEqual([]);
    }),
  );

  it("a QIF whose days can be read in two ways is asked about, and its figures follow the answer", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");

      await chooseFixture(page, "qif/dates-ambiguous.qif");
      await page.getByRole("radio", { name: /^MM\/DD\/YYYY/ }).check();

      await page.getByRole("button", { name: "Import", exact: true }).waitFor();
      await page.getByText("as a person said").or(page.getByText("as was said before")).first().waitFor();
    }));

  it("text that no format knows is cut where a person says, shown, and sent as custom text with what was said", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/imports");

      await dropFile(page, { name: "ledger.txt", text: "DATE      AMOUNT    TEXT\n2026-03-13  -12.50  RENT\n2026-03-14   99.00  SALE\n" });
      await page.getByRole("button", { name: "Describe it yourself" }).click();
      await page.getByLabel("Fields begin at characters").fill("1, 11, 21");
      await page.getByLabel("Their names stand in").selectOption("1");
      await page.getByRole("button", { name: "Cut the lines so" }).click();
      await page.getByRole("cell", { name: "13 Mar 2026" }).waitFor();
      const amount = await page.getByRole("cell", { name: "−12.50" }).last().isVisible();
      await page.getByLabel("Remember for files like this, as").fill("Old ledger");
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).waitFor();

      const [profile] = api.world.profiles;
      expect(amount).toBe(true);
      expect(profile).toMatchObject({
        name: "Old ledger",
        format: "custom",
        profile: { first_row: 2, fixed_fields: [{ name: "DATE", start: 1 }, {}, {}] },
      });
      expect(api.world.said).toMatchObject([{ fileName: "ledger.txt", format: "custom", profileId: profile?.id }]);
    }));

  it("where nothing says what the columns hold, a person says it above their rows, by keyboard alone", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/imports");

      await dropFile(page, { name: "strange.csv", text: "Eins;Zwei;Drei\n020326;Miete;-12,50\n030226;Lohn;-3480,55\n" });
      await page.getByRole("button", { name: "Answer 2 questions first" }).waitFor();
      await page.getByLabel("The columns' names stand in").focus();
      await page.keyboard.press("ArrowDown");
      await page.getByLabel("What Eins holds").first().focus();
      await page.keyboard.press("B");
      await page.getByRole("radio", { name: /^DDMMYY/ }).focus();
      await page.keyboard.press("Space");
      await page.getByRole("cell", { name: "3 Feb 2026" }).waitFor();
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).waitFor();

      expect(api.world.profiles[0]?.profile).toMatchObject({
        header_row: 1,
        columns: [{ name: "Eins", role: "posted_on", reading: { kind: "date", pattern: "DDMMYY" } }, { name: "Zwei" }, { name: "Drei" }],
      });
    }));

  it("an import that asks what its columns hold is told above their rows", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, `/imports/${idOf("job", 10)}`);

      await page.getByLabel("What column 1 holds").selectOption("posted_on");
      await page.getByLabel("What column 3 holds").selectOption("amount");
      await page.getByRole("button", { name: "Read the file so" }).click();
      await page.getByRole("button", { name: "Read the file so" }).waitFor({ state: "detached" });

      expect(api.world.answers.get(idOf("job", 10))?.settings).toEqual({
        version: 1,
        columns: [
          { name: "column 1", index: 0, role: "posted_on" },
          { name: "column 3", index: 2, role: "amount" },
        ],
      });
    }));

  it("the list says of each import whether it waits for an answer or for its accounts", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");

      const stateOf = (file: string) => page.getByRole("row", { name: new RegExp(file) }).first();
      await stateOf("umsaetze-2026-03.csv").getByText("Asks how to read it").waitFor();
      await stateOf("gulf-trust-20261121.bai").getByText("Needs accounts").waitFor();
    }));

  it("a failed import is tried again from its page", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, `/imports/${idOf("job", 3)}`);

      await page.getByRole("button", { name: "Go on from there" }).click();
      await page.getByText("It failed while reading.").waitFor({ state: "detached" });

      expect(api.world.jobs.find(({ job }) => job.id === idOf("job", 3))?.job.status).not.toBe("failed");
    }));
});
