/** A bank's CSV through the whole stack, as a person meets it: asked about once before it is sent, read so by the Worker, and never asked about again. */
import type { Page } from "playwright-core";
import { expect, inject, it } from "vitest";
import { openChromium } from "../harness/chromium.ts";
import { dropFile, importShown } from "./dashboard-pages.ts";
import { openStack, sendFile, untilStage } from "./stack-pages.ts";

const { address } = inject("app");

const chromium = inject("chromium");
const { visit } = openStack();
const HEADER = "Buchungstag;Verwendungszweck;Betrag;Währung";
const FEBRUARY = `${HEADER}\n03/02/2026;Miete;-1.250,00;EUR\n04/02/2026;Löhne;-3.480,55;EUR\n05/02/2026;Halvorsen;12.000,00;EUR\n`;
const MARCH = `${HEADER}\n02/03/2026;Miete;-1.250,00;EUR\n03/03/2026;Löhne;-3.480,55;EUR\n`;

async function sendAndOpen(page: Page): Promise<void> {
  await importShown(page);
  await page.getByRole("link", { name: "Open import" }).click();
  await page.getByRole("heading", { name: "How this file is read" }).waitFor({ timeout: 30_000 });
}

it.skipIf(chromium === null)(
  "a CSV that proves no order of its dates is asked about once, and the Worker reads it and the bank's next file so",
  async () => {
    const browser = await openChromium(chromium ?? "");
    try {
      const page = await browser.newPage({ baseURL: address });
      await page.goto("/");
      await page.getByRole("button", { name: /^Member/ }).click();
      await page.getByRole("heading", { level: 1, name: "Imports" }).waitFor();

      await dropFile(page, { name: "nordhafen-2026-02.csv", text: FEBRUARY });
      await page.getByRole("radio", { name: /^DD\/MM\/YYYY/ }).check();
      await page.getByLabel("Remember for files like this, as").fill("Nordhafen giro");
      await sendAndOpen(page);
      const firstReading = await page.getByText("As remembered: Nordhafen giro, version 1").isVisible();
      await dropFile(page, { name: "nordhafen-2026-03.csv", text: MARCH });
      await page.getByText("Read as remembered: Nordhafen giro, version 1.").waitFor();
      const questions = await page.getByRole("radio").count();
      await sendAndOpen(page);

      expect(firstReading).toBe(true);
      expect(questions).toBe(0);
      await page.getByText("As remembered: Nordhafen giro, version 1").waitFor();
      await expect.poll(() => page.getByText("Asks how to read it").count()).toBe(0);
    } finally {
      await browser.close();
    }
  },
);

it.skipIf(chromium === null)(
  "a table in which no column is recognized is told on its page what its columns hold, asked then about its dates, and never again",
  () =>
    visit(async ({ page }) => {
      const header = "Vier;Fünf;Sechs;Sieben";
      const jobId = await sendFile(page, { name: "hafenbank-1.csv", text: `${header}\n020326;Miete;-12,50;ja\n030226;Lohn;-3480,55;nein\n` });
      await untilStage(page, jobId, "needs_mapping");
      await page.goto(`/imports/${jobId}`);

      await page.getByLabel("The columns' names stand in").selectOption("1");
      await page.getByLabel("What Vier holds").selectOption("posted_on");
      await page.getByLabel("Remember for files like this, as").fill("Hafenbank");
      await page.getByRole("button", { name: "Read the file so" }).click();
      await page.getByRole("radio", { name: /^DDMMYY/ }).check({ timeout: 30_000 });
      await page.getByRole("button", { name: "Read the file so" }).click();
      await page.getByText("As remembered: Hafenbank, version 2").waitFor({ timeout: 30_000 });
      await dropFile(page, { name: "hafenbank-2.csv", text: `${header}\n050426;Strom;-9,90;ja\n` });
      await page.getByText("Read as remembered: Hafenbank, version 2.").waitFor();

      await page.getByRole("cell", { name: "5 Apr 2026" }).waitFor();
      await expect.poll(() => page.getByRole("radio").count()).toBe(0);
      await expect.poll(() => page.getByRole("button", { name: "Import", exact: true }).isEnabled()).toBe(true);
    }),
);
