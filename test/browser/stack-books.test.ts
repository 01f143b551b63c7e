/** The books by hand, through the whole stack: what people note, reconcile, delete and bring back; what they cancel; and a bank's text that would run. */
import { describe, expect, it } from "vitest";
import { HOSTILE_TEXT } from "../fakes/dashboard-jobs.ts";
import { dropFile, importShown } from "./dashboard-pages.ts";
import { bookFile, makeAccount, openStack, sendFile, untilStage } from "./stack-pages.ts";

const { hasBrowser, visit } = openStack();
const RENT = {
  name: "hand-made.csv",
  text: "Date;Description;Amount;Currency\n2026-03-13;Rent of the quay;-1250.00;EUR\n2026-03-14;Timber;99.50;EUR\n",
};
const quoted = `"${HOSTILE_TEXT.replaceAll('"', '""')}"`;

describe.skipIf(!hasBrowser)("the books by hand (skipped where no Chromium is installed)", () => {
  it("a transaction is noted, reconciled and not, deleted and brought back, and keeps who did what", () =>
    visit(async ({ page, complaints }) => {
      const accountId = await makeAccount(page, "Quay account");
      const jobId = await bookFile(page, { ...RENT, accountId });
      await page.goto(`/transactions?job=${jobId}`);
      await page.getByText("Rent of the quay").click();
      const sheet = page.getByRole("dialog", { name: "Transaction" });

      await sheet.getByLabel("Category").fill("Premises");
      await sheet.getByLabel("Note").fill("Agreed by telephone");
      await sheet.getByRole("button", { name: "Save" }).click();
      await sheet.getByText("Saved. Imports never change these two.").waitFor();
      await sheet.getByRole("button", { name: "Mark as reconciled" }).click();
      await sheet.getByText("Reconciled", { exact: true }).first().waitFor();
      await sheet.getByRole("button", { name: "Mark as not reconciled" }).click();
      await sheet.getByRole("button", { name: "Mark as reconciled" }).waitFor();
      await sheet.getByRole("button", { name: "Delete" }).click();
      await sheet.getByRole("button", { name: "Delete it from the books" }).click();
      await sheet.getByText("only a person can").waitFor();
      await sheet.getByRole("button", { name: "Bring it back" }).click();
      await sheet.getByRole("button", { name: "Delete" }).waitFor();
      await page.reload();
      await sheet.getByText("What has changed since").waitFor();

      await expect.poll(() => sheet.getByLabel("Category").inputValue()).toBe("Premises");
      await expect.poll(() => sheet.getByText(/^Deleted by you/).count()).toBe(1);
      await expect.poll(() => sheet.getByText(/^Edited by you/).count()).toBe(1);
      await expect.poll(() => sheet.getByText(/^Brought back by you/).count()).toBe(1);
      expect(complaints).toEqual([]);
    }));

  it("an import that waits for its accounts is cancelled, says so, and the same file may come again", () =>
    visit(async ({ page }) => {
      const file = { name: "cancelled.csv", text: RENT.text.replace("Timber", "Cedar") };
      const jobId = await sendFile(page, file);
      await untilStage(page, jobId, "needs_mapping");
      await page.goto(`/imports/${jobId}`);

      await page.getByRole("button", { name: "Cancel import" }).click();
      await page.getByRole("button", { name: "Cancel the import" }).click();
      await page.getByText("This import was cancelled.").waitFor();

      await expect.poll(() => page.getByRole("button", { name: "Cancel import" }).count()).toBe(0);
      expect(await sendFile(page, file)).not.toBe(jobId);
    }));

  it("a file whose every word is a script runs nothing: not before it is sent, not in its import, not in the books", () =>
    visit(async ({ page, complaints }) => {
      await makeAccount(page, HOSTILE_TEXT.slice(0, 100));
      const rows = ["2026-03-13", "2026-03-14"].map((day, at) => [day, quoted, `${at + 1}00.00`.replace(/^/, "-"), "EUR", quoted].join(";"));
      const text = [["Date", "Description", "Amount", "Currency", quoted].join(";"), ...rows, ""].join("\n");

      await dropFile(page, { name: `${HOSTILE_TEXT.slice(0, 60)}.csv`, text });
      await page.getByLabel("Whose account is it?").selectOption({ index: 1 });
      const previewed = await page.getByRole("cell", { name: /onerror/ }).count();
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).click();
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      await page.getByRole("button", { name: "Approve and book" }).click();
      await page.getByRole("button", { name: "Undo import" }).waitFor({ timeout: 30_000 });
      await page
        .getByRole("row", { name: /onerror/ })
        .first()
        .click();
      const raw = await page.getByText("window.wasRun=1").count();
      await page.goto("/transactions?q=onerror");
      await page
        .getByRole("row", { name: /onerror/ })
        .first()
        .click();
      await page.getByRole("dialog", { name: "Transaction" }).getByText("What has changed since").or(page.getByText("Where it came from")).waitFor();

      expect(previewed).toBeGreaterThan(0);
      expect(raw).toBeGreaterThan(0);
      expect(await page.evaluate(() => "wasRun" in window)).toBe(false);
      expect(complaints).toEqual([]);
    }));

  it("a table of nothing but scripts is asked about by its cells, before it is sent and after, and runs nothing", () =>
    visit(async ({ page, complaints }) => {
      const text = Array.from({ length: 4 }, () => [quoted, quoted, quoted, quoted, quoted, quoted].join(";")).join("\n");
      const file = { name: `${HOSTILE_TEXT.slice(0, 60)}.csv`, text: `${text}\n` };

      await dropFile(page, file);
      const asked = await page
        .getByLabel("What column 1 holds")
        .first()
        .isVisible({ timeout: 10_000 })
        .catch(() => false);
      const jobId = await sendFile(page, file);
      await untilStage(page, jobId, "needs_mapping");
      await page.goto(`/imports/${jobId}`);
      await page.getByLabel("What column 1 holds").waitFor();

      expect(asked || (await page.getByRole("cell", { name: /onerror/ }).count()) > 0).toBe(true);
      expect(await page.evaluate(() => "wasRun" in window)).toBe(false);
      expect(complaints).toEqual([]);
    }));
});
