/** The stack as a visitor meets it: pages, files and the difference between them. */
import { describe, expect, inject, it } from "vitest";
import { openChromium } from "../harness/chromium.ts";

const { address } = inject("app");

const chromium = inject("chromium");

it("a page's address is answered with the dashboard, a missing file with a real 404", async () => {
  const page = await fetch(`${address}/`);
  const deep = await fetch(`${address}/transactions`);
  const missing = await fetch(`${address}/assets/gone.js`);

  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await deep.text()).toBe(await page.text());
  expect(deep.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(missing.status).toBe(404);
});

describe.skipIf(chromium === null)("in a browser (skipped where no Chromium is installed)", () => {
  it("a visitor is offered the demo tenant's people to sign in as, and no script fails", async () => {
    const browser = await openChromium(chromium ?? "");
    const errors: string[] = [];
    try {
      const page = await browser.newPage();
      page.on("pageerror", (error) => errors.push(error.message));

      await page.goto(address);
      await page.getByText("owner@demo.test").first().waitFor({ timeout: 20_000 });
    } finally {
      await browser.close();
    }

    expect(errors).toEqual([]);
  });
});
