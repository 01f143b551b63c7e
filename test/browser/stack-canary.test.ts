/** Secrets put in wherever one can be put in, through the whole stack; then every page is opened by whoever may see the most, and none of them is on it or on its way to it. */
import type { Page } from "playwright-core";
import { describe, expect, inject, it } from "vitest";
import * as z from "zod";
import { bai2 } from "../fixtures/bai2-file.ts";
import { openChromium } from "../harness/chromium.ts";
import { ask, untilStage } from "./stack-pages.ts";

const { address } = inject("app");

const chromium = inject("chromium");

const SLACK = "/services/T0CANARY/B0CANARY/domcanarydomcanary";
const HOOK = "dom-canary-in-the-address-of-a-webhook";
const SIGNING = `whsec_${btoa("dom canary signing secret thirty2")}`;
const ACCOUNT = "82000399117724";
const CARD = "4111 1111 1111 1111";

const made = z.looseObject({ id: z.string() });

/** A channel of each kind that has a secret, a token, an account with its number, and a booked file that names the number and a card. */
async function putIn(page: Page): Promise<{ token: string; jobId: string; accountId: string }> {
  const slack = { name: "Canary desk", channel_type: "slack", credentials: { url: `https://hooks.slack.com${SLACK}` } };
  await ask(page, made, { path: "/api/notification-channels", body: slack });
  const hook = { name: "Canary ERP", channel_type: "webhook", credentials: { url: `https://erp.test/in?key=${HOOK}`, secret: SIGNING } };
  await ask(page, made, { path: "/api/notification-channels", body: hook });
  const { token } = await ask(page, z.looseObject({ token: z.string() }), { path: "/api/tokens", body: { name: "Canary", scopes: ["jobs:read"] } });
  const account = await ask(page, made, { path: "/api/accounts", body: { name: "Canary treasury", currency: "USD", account_number: ACCOUNT } });
  const file = bai2({ on: "2026-03-02", statements: [{ account: ACCOUNT, rows: [{ in: 5, text: `POS ${CARD} HARBOUR` }] }] });
  const sent = await ask(page, z.looseObject({ job: made }), { path: "/api/upload/bai2?file_name=canary.bai", body: new TextDecoder().decode(file) });
  const jobId = sent.job.id;
  await untilStage(page, jobId, "needs_mapping");
  const waiting = await ask(page, z.looseObject({ data: z.array(z.looseObject({ id: z.string(), last_four: z.string().nullable() })) }), {
    method: "GET",
    path: "/api/mappings?status=unmapped",
  });
  const mapping = waiting.data.find((one) => one.last_four === ACCOUNT.slice(-4));
  await ask(page, z.unknown(), { method: "PUT", path: `/api/mappings/${mapping?.id}`, body: { account_id: account.id, verified: true } });
  const { plan_version: version } = await untilStage(page, jobId, "in_review");
  await ask(page, z.unknown(), { path: `/api/jobs/${jobId}/approve`, body: { plan_version: version } });
  await untilStage(page, jobId, "done");
  return { token, jobId, accountId: account.id };
}

describe.skipIf(chromium === null)("a secret (skipped where no Chromium is installed)", () => {
  it("is on no page, in no answer that a page asks for, and in nothing that the browser keeps", async () => {
    const browser = await openChromium(chromium ?? "");
    try {
      const page = await browser.newPage({ baseURL: address });
      await page.goto("/sign-in");
      await page.getByRole("button", { name: /^Owner/ }).click();
      await page.getByRole("heading", { level: 1, name: "Imports" }).waitFor();
      const { token, jobId, accountId } = await putIn(page);
      const { data } = await ask(page, z.looseObject({ data: z.array(made) }), { method: "GET", path: `/api/transactions?job_id=${jobId}` });
      const connections = await ask(page, z.looseObject({ data: z.array(made) }), { method: "GET", path: "/api/connections" });
      const answers: Promise<string>[] = [];
      page.on("response", (response) => {
        if (new URL(response.url()).pathname.startsWith("/api/")) answers.push(response.text().catch(() => ""));
      });
      const rooms = [
        "/imports",
        `/imports/${jobId}`,
        `/imports/${jobId}?view=new`,
        `/imports/${jobId}?view=problems`,
        "/mappings?show=all",
        "/accounts",
        `/accounts/${accountId}`,
        "/transactions",
        `/transactions?id=${data[0]?.id}`,
        "/connections",
        `/connections/${connections.data[0]?.id}`,
        "/alerts",
        "/audit",
        "/members",
        "/sessions",
        "/tokens",
        "/settings",
      ];

      const seen: string[] = [];
      for (const room of rooms) {
        await page.goto(room);
        await page.locator("h1").first().waitFor();
        await page.waitForFunction(() => document.querySelector('[aria-label="Loading"]') === null);
        seen.push(await page.content());
      }
      seen.push(
        await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])),
        ...(await Promise.all(answers)),
      );

      const canaries = [SLACK, HOOK, SIGNING, ACCOUNT, token, token.slice(4), CARD, CARD.replaceAll(" ", "")];
      expect(canaries.filter((canary) => seen.some((text) => text.includes(canary)))).toEqual([]);
      expect(seen.some((text) => text.includes("**** 1111"))).toBe(true);
      expect(answers.length).toBeGreaterThan(rooms.length);
    } finally {
      await browser.close();
    }
  });
});
