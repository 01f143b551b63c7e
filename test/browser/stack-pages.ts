/** What browser tests of the whole stack share: one browser, a member signed in, the real API from inside the page, and a booked file. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import * as z from "zod";
import { openChromium } from "../harness/chromium.ts";

const job = z.looseObject({ id: z.string(), stage: z.string(), status: z.string(), plan_version: z.number() });

export interface StackVisit {
  page: Page;
  /** What the page's policy refused, and errors that nobody caught. */
  complaints: string[];
}

/** One browser for the file; each visit is a context of its own, signed in as the demo tenant's member. */
export function openStack() {
  const { address } = inject("app");
  const chromium = inject("chromium");
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (chromium !== null) browser = await openChromium(chromium);
  });
  afterAll(() => browser?.close());
  const visit = async (look: (visit: StackVisit) => Promise<void>) => {
    if (browser === undefined) throw new Error("There is no Chromium.");
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, baseURL: address });
    const complaints: string[] = [];
    try {
      const page = await context.newPage();
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => {
        if (message.text().includes("Content Security Policy")) complaints.push(message.text());
      });
      await page.goto("/");
      await page.getByRole("button", { name: /^Member/ }).click();
      await page.getByRole("heading", { level: 1, name: "Imports" }).waitFor();
      await look({ page, complaints });
    } finally {
      await context.close();
    }
  };
  return { hasBrowser: chromium !== null, visit };
}

/** Asks the real API from inside the page, as the dashboard does; `body` goes as JSON, a text as raw bytes. */
export async function ask<T>(
  page: Page,
  schema: z.ZodType<T>,
  { method = "POST", path, body }: { method?: string; path: string; body?: unknown },
): Promise<T> {
  const answer = await page.evaluate(
    async ({ method: verb, path: to, body: sent }) => {
      const isText = typeof sent === "string";
      const init: RequestInit = { method: verb, headers: { "content-type": isText ? "application/octet-stream" : "application/json" } };
      if (sent !== undefined) init.body = isText ? sent : JSON.stringify(sent);
      const response = await fetch(to, init);
      return { status: response.status, text: await response.text() };
    },
    { method, path, body },
  );
  if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
  return schema.parse(JSON.parse(answer.text));
}

export async function makeAccount(page: Page, name: string): Promise<string> {
  const made = await ask(page, z.looseObject({ id: z.string() }), {
    path: "/api/accounts",
    body: { name, currency: "EUR", account_type: "checking" },
  });
  return made.id;
}

/** Sends a file without its preview, as a machine would. */
export async function sendFile(page: Page, file: { name: string; text: string; accountId?: string }): Promise<string> {
  const query = new URLSearchParams({ file_name: file.name, ...(file.accountId === undefined ? {} : { account_id: file.accountId }) });
  const { job: made } = await ask(page, z.looseObject({ job }), { path: `/api/upload/auto?${query}`, body: file.text });
  return made.id;
}

export async function untilStage(page: Page, jobId: string, stage: string): Promise<z.infer<typeof job>> {
  let last = await ask(page, job, { method: "GET", path: `/api/jobs/${jobId}` });
  await expect
    .poll(
      async () => {
        last = await ask(page, job, { method: "GET", path: `/api/jobs/${jobId}` });
        return last.stage;
      },
      { timeout: 60_000, interval: 100 },
    )
    .toBe(stage);
  return last;
}

/** A file all the way into the books. */
export async function bookFile(page: Page, file: { name: string; text: string; accountId: string }): Promise<string> {
  const jobId = await sendFile(page, file);
  const { plan_version: version } = await untilStage(page, jobId, "in_review");
  await ask(page, z.unknown(), { path: `/api/jobs/${jobId}/approve`, body: { plan_version: version } });
  await untilStage(page, jobId, "done");
  return jobId;
}
