/** What the dashboard's browser tests share: the pretended API, a browser, a person signed in, and the addresses of every room. */
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import { type DashboardApi, startDashboardApi } from "../fakes/dashboard-api.ts";
import { idOf } from "../fakes/dashboard-nouns.ts";
import { openChromium } from "../harness/chromium.ts";

export type DemoRole = "owner" | "admin" | "member" | "viewer";

/** One address of every room, and of every state of an import. */
export const ROOMS = [
  "/sign-in",
  "/imports",
  "/imports/preview",
  ...[1, 2, 3, 4, 5, 6, 8, 9, 10].map((n) => `/imports/${idOf("job", n)}`),
  `/imports/${idOf("job", 1)}?view=new`,
  `/imports/${idOf("job", 1)}?view=problems`,
  "/mappings",
  "/accounts",
  `/accounts/${idOf("account", 5)}`,
  "/transactions",
  `/transactions?id=${idOf("transaction", 5)}`,
  "/connections",
  `/connections/${idOf("connection", 4)}`,
  ...[11, 13, 14, 15, 16, 17, 18].map((n) => `/connections/${idOf("connection", n)}`),
  ...["runs", "accounts", "credentials", "webhooks"].map((tab) => `/connections/${idOf("connection", 11)}?tab=${tab}`),
  `/connections/${idOf("connection", 14)}?tab=webhooks&event=${idOf("event", 4)}`,
  `/connections/${idOf("connection", 15)}?tab=accounts`,
  `/connections/${idOf("connection", 13)}?tab=runs`,
  "/connections/new",
  ...["plaid", "stripe", "bank_api", "bai2"].map((type) => `/connections/new?type=${type}`),
  "/connections/plaid/done",
  `/imports/${idOf("job", 401)}`,
  `/imports/${idOf("job", 411)}`,
  "/alerts",
  "/audit",
  "/members",
  "/sessions",
  "/settings",
  "/tokens",
  "/no-such-page",
];

const DIST = path.resolve(import.meta.dirname, "../../dist");

export interface Visit {
  page: Page;
  api: DashboardApi;
  /** What the page's policy refused, and errors that nobody caught. */
  complaints: string[];
}

/** One browser for the file; each visit has a fresh world of its own. */
export function openDashboard() {
  const chromium = inject("chromium");
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (chromium !== null) browser = await openChromium(chromium);
  });
  afterAll(() => browser?.close());
  const visit = async (options: BrowserContextOptions & { as?: DemoRole | null }, look: (visit: Visit) => Promise<void>) => {
    if (browser === undefined) throw new Error("There is no Chromium.");
    const { as = "member", ...contextOptions } = options;
    const api = await startDashboardApi(DIST);
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...contextOptions, baseURL: api.address });
    const complaints: string[] = [];
    try {
      if (as !== null) await context.addCookies([{ name: "session", value: encodeURIComponent(`${as}@demo.test`), url: api.address }]);
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.text().includes("Content Security Policy")) complaints.push(message.text());
      });
      await look({ page, api, complaints });
    } finally {
      await context.close();
      await api.stop();
    }
  };
  return { hasBrowser: chromium !== null, visit };
}

/** Opens an address and waits until its data is there. */
export async function openRoom(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
}

/** Lets go of a file over the page, as a hand would. */
export async function dropFile(page: Page, ...files: { name: string; text: string }[]): Promise<void> {
  const transfer = await page.evaluateHandle((given) => {
    const dropped = new DataTransfer();
    for (const { name, text } of given) dropped.items.add(new File([text], name, { type: "text/plain" }));
    return dropped;
  }, files);
  for (const event of ["dragenter", "dragover", "drop"]) await page.dispatchEvent("main", event, { dataTransfer: transfer });
}

/** Sends the file that is shown in its preview. */
export async function importShown(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Import", exact: true }).click();
}
