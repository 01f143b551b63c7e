/** Company sign-in as a person lives it: a real browser, the real Worker, a real provider. */
import { randomUUID } from "node:crypto";
import pg from "pg";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openChromium } from "../harness/chromium.ts";

const { address, adminUrl } = inject("app");

const chromium = inject("chromium");
const oidc = inject("oidc");
const owner = new pg.Client({ connectionString: adminUrl });
let browser: Browser | undefined;

beforeAll(async () => {
  await owner.connect();
  if (chromium !== null) browser = await openChromium(chromium);
});
afterAll(async () => {
  await browser?.close();
  await owner.end();
});

/** Somebody whom the provider knows, and whom the demo company has invited. */
async function invited(): Promise<{ sub: string; email: string; invitation: string }> {
  const sub = randomUUID();
  const email = `${sub}@corp.test`;
  const body = JSON.stringify({ sub, email, email_verified: true, name: "Tom Treasurer" });
  await fetch(`${oidc.issuer}/people`, { method: "POST", body });
  const made = await owner.query<{ id: string }>(
    "insert into invitations (tenant_id, email, role) select id, $1, 'viewer' from tenants where slug = 'demo' returning id",
    [email],
  );
  return { sub, email, invitation: made.rows[0]?.id ?? "" };
}

/** A browser of its own; what its person sees is handed to `look`. */
async function withPage(look: (page: Page) => Promise<void>): Promise<void> {
  if (browser === undefined) throw new Error("There is no Chromium.");
  const context = await browser.newContext({ baseURL: address });
  try {
    await look(await context.newPage());
  } finally {
    await context.close();
  }
}

async function throughProvider(page: Page, name: string): Promise<void> {
  await page.getByRole("link", { name: "Continue with your company account" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Go on" }).click();
}

describe.skipIf(chromium === null)("company sign-in (skipped where no Chromium is installed)", () => {
  it("an invited person follows the link, signs in at their provider and is inside, under their own name and role", () =>
    withPage(async (page) => {
      const { sub, invitation } = await invited();

      await page.goto(`/sign-in?invitation=${invitation}&next=/accounts`);
      await throughProvider(page, sub);
      await page.getByRole("heading", { level: 1, name: "Accounts" }).waitFor();

      await page.getByText("Tom Treasurer").waitFor();
      await page.getByText("viewer at Demo Treasury").waitFor();
      const cookies = await page.context().cookies(address);
      expect(cookies.filter((cookie) => cookie.name.startsWith("__Host-"))).toMatchObject([
        { name: "__Host-session", httpOnly: true, secure: true, sameSite: "Lax" },
      ]);
    }));

  it("somebody whom nobody has invited is back at the door and is told why", () =>
    withPage(async (page) => {
      const sub = randomUUID();
      const body = JSON.stringify({ sub, email: `${sub}@corp.test`, email_verified: true, name: "Some Stranger" });
      await fetch(`${oidc.issuer}/people`, { method: "POST", body });

      await page.goto("/sign-in");
      await throughProvider(page, sub);

      await page.getByText("There is no open invitation for you.").waitFor();
      expect(new URL(page.url()).origin).toBe(address);
      expect((await page.request.get("/api/session")).status()).toBe(401);
    }));

  it("whoever turns back at the provider is back at the door, and may try again", () =>
    withPage(async (page) => {
      const { sub, invitation } = await invited();

      await page.goto(`/sign-in?invitation=${invitation}`);
      await throughProvider(page, "deny");
      await page.getByText("ended without letting you in").waitFor();
      await throughProvider(page, sub);

      await page.getByText("Tom Treasurer").waitFor();
    }));
});
