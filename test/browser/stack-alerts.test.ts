/** Alerts through the whole local stack: Worker, queue, database and page. Nothing is sent from a local run; the message is read where it would have gone out. */
import { describe, inject, it } from "vitest";
import { openChromium } from "../harness/chromium.ts";

const { address } = inject("app");

const chromium = inject("chromium");

describe.skipIf(chromium === null)("in a local run (skipped where no Chromium is installed)", () => {
  it("an admin makes a channel, tests it, and reads the test on the page", async () => {
    const name = `Desk ${crypto.randomUUID()}`;
    const browser = await openChromium(chromium ?? "");
    try {
      const page = await browser.newPage({ baseURL: address });
      await page.goto("/sign-in?next=/alerts");
      await page.getByRole("button", { name: /^Admin/ }).click();
      await page.getByRole("button", { name: "New channel" }).click();
      await page.getByLabel("Name").fill(name);
      await page.getByLabel("Incoming webhook's address").fill("https://hooks.slack.com/services/T0/B0/x");
      await page.getByRole("button", { name: "Create channel" }).click();
      const card = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });

      await card.getByRole("button", { name: "Send a test" }).click();
      await card.getByText("A local run sends nothing: the test stands below.").waitFor();

      await page.getByText("This is a local run").waitFor();
      const message = page.getByRole("listitem").filter({ hasText: "This is a test" }).filter({ hasText: name });
      await message.getByText("Shown here").waitFor();
    } finally {
      await browser.close();
    }
  });
});
