/** Setting a connection up in a real browser: by its form, through Plaid's page, by a bank's description; and secrets that go in and never come out. */
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { idOf } from "../fakes/dashboard-nouns.ts";
import { openDashboard, openRoom } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();
/** One that is posted, one pending, and one in a state that nobody has mapped: nothing of it may be booked. */
const movement = (id: string, amount: number, status: string, text: string) => ({
  id,
  amount,
  status,
  postedAt: status === "pending" ? null : "2026-11-20T09:00:00Z",
  createdAt: "2026-11-19T09:00:00Z",
  bankDescription: text,
  counterpartyName: text,
  externalMemo: null,
  kind: "externalTransfer",
});
const MERCURY_ANSWER = {
  total: 3,
  transactions: [
    movement("t-1", -1250, "sent", "ACME RENT"),
    movement("t-2", 99.5, "pending", "TIMBER CO"),
    movement("t-3", 7, "quantum", "UNKNOWN"),
  ],
};
const testIt = (page: Page) => page.getByRole("button", { name: "Test", exact: true }).click();

describe.skipIf(!hasBrowser)("setting a connection up (skipped where no Chromium is installed)", () => {
  it("begins with its kind, and a kind that there is not says why", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/connections");

      await page.getByRole("link", { name: "New connection" }).click();
      await page.getByText("Not part of this installation yet.").waitFor();
      await page.getByRole("link", { name: /^Stripe/ }).click();
      await page.getByRole("heading", { name: "Connect Stripe" }).waitFor();
      await page.goBack();

      await page.getByRole("heading", { name: "New connection" }).waitFor();
      await expect.poll(() => page.getByRole("link", { name: /SFTP/ }).count()).toBe(0);
    }));

  it("says what a refused key was refused for, tests what was changed anew, and goes on to the accounts", () =>
    visit({ as: "admin", timezoneId: "Europe/Berlin" }, async ({ page, api }) => {
      await openRoom(page, "/connections/new?type=stripe");

      await page.getByLabel("API key").fill("rk_live_wrong1");
      await testIt(page);
      await page.getByText("The key was refused (401).").waitFor();
      await page.getByLabel("API key").fill("rk_live_right1");
      await page.getByLabel("Fees").selectOption("net");
      await page.getByText("Changed since the test: test it again.").waitFor();
      await testIt(page);
      await page.getByText("1 account found.").waitFor();
      const proposed = await page.getByRole("textbox", { name: "Name" }).inputValue();
      await page.getByLabel("How often").selectOption("daily");
      const zone = await page.getByLabel("Time zone").inputValue();
      await page.getByRole("button", { name: "Create connection" }).click();
      await page.getByRole("heading", { name: "Accounts there, and yours" }).waitFor();

      expect({ proposed, zone }).toEqual({ proposed: "Larkfield Deliveries", zone: "Europe/Berlin" });
      expect(api.world.connections.at(-1)).toMatchObject({
        name: "Larkfield Deliveries",
        connection_type: "stripe",
        sync_frequency: "daily",
        config: { fee_handling: "net", account_id: null, lookback_days: 90, livemode: true, auto_import: false },
      });
      expect(api.world.fetching.credentials.at(-1)?.credentials).toEqual({ api_key: "rk_live_right1" });
    }));

  it("says that it is connected already, and makes no second one", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/connections/new?type=stripe");

      await page.getByLabel("API key").fill("rk_live_twice");
      await testIt(page);
      await page.getByText("This is connected already, as").waitFor();

      await page.getByRole("link", { name: "Larkfield Store" }).waitFor();
      await expect.poll(() => page.getByRole("button", { name: "Create connection" }).isDisabled()).toBe(true);
    }));

  it("goes to Plaid's page and comes back to the new connection, once", () =>
    visit({ as: "admin" }, async ({ page, api, complaints }) => {
      await openRoom(page, "/connections/new?type=plaid");

      await page.getByLabel("What to read").selectOption("transactions");
      await page.getByRole("button", { name: "Open Plaid" }).click();
      await page.getByRole("link", { name: "Done" }).click();
      await page.getByRole("heading", { name: "Houndstooth Bank" }).waitFor();
      await page.getByRole("heading", { name: "Accounts there, and yours" }).waitFor();
      await page.goto("/connections/plaid/done");
      await page.getByText("There is nothing to finish here").waitFor();

      expect(api.world.fetching.asked.filter((one) => one.endsWith("/exchange"))).toHaveLength(1);
      expect(api.world.connections.at(-1)?.config).toMatchObject({ sync_type: "transactions", lookback_days: 730, include_pending: true });
      expect(complaints).toEqual([]);
    }));

  it("signs in to a known bank again through Plaid and is back at that connection", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, `/connections/${idOf("connection", 14)}`);

      await page.getByRole("button", { name: "Sign in again at Plaid" }).click();
      await page.getByRole("link", { name: "Done" }).click();
      await page.getByRole("heading", { name: "Tartan Credit Union" }).waitFor();

      await page.getByText("Out of date", { exact: true }).waitFor();
      await expect.poll(() => page.getByRole("button", { name: "Sign in again at Plaid" }).count()).toBe(0);
    }));

  it.each([
    ["cancelled", "The sign-in was not finished", "Open Plaid again"],
    ["refused", "This could not be connected", "Open Plaid again"],
    ["away", "This could not be connected", "Try again"],
  ] as const)("says what came of a sign-in at Plaid (%s), and how to go on", (outcome, title, action) =>
    visit({ as: "admin" }, async ({ page, api }) => {
      api.world.fetching.linkOutcome = outcome;
      await openRoom(page, "/connections/new?type=plaid");

      await page.getByRole("button", { name: "Open Plaid" }).click();
      await page.getByRole("link", { name: "Done" }).click();
      await page.getByRole("heading", { name: title }).waitFor();
      api.world.fetching.linkOutcome = "done";
      await page.getByRole("button", { name: action }).click();
      if (outcome !== "away") await page.getByRole("link", { name: "Done" }).click();

      await page.getByRole("heading", { name: "Houndstooth Bank" }).waitFor();
    }),
  );

  it("takes a bank from a preset, reads a sample of its answers, and asks for the credentials that it names", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/connections/new?type=bank_api");

      await page.getByLabel("Description").fill("{ no");
      await page.getByText("This is not JSON yet.").waitFor();
      const isReady = await page.getByRole("button", { name: "Test", exact: true }).isEnabled();
      await page.getByLabel("Begin with").selectOption("mercury");
      await page.getByText("Try it against a sample answer").click();
      await page.getByLabel("The bank's answer").fill(JSON.stringify(MERCURY_ANSWER));
      await page.getByRole("button", { name: "Read the sample" }).click();
      await page.getByText("2 rows, 1 problem.").waitFor();
      const problem = await page.getByRole("status").filter({ hasText: "1 problem" }).getByRole("listitem").innerText();
      const row = await page.getByRole("row").filter({ hasText: "t-1" }).innerText();

      expect(isReady).toBe(false);
      expect(row).toMatch(/20 Nov 2026\s+−1,250\.00\s*USD\s+ACME RENT\s+t-1\s+Posted/);
      expect(problem).toContain("status");
      await expect.poll(() => page.getByLabel("API key").count()).toBe(1);
      await expect.poll(() => page.getByLabel("Client secret").count()).toBe(0);
    }));

  it("replaces credentials after a test, and shows them nowhere, then or ever", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, `/connections/${idOf("connection", 13)}?tab=credentials`);
      await page.getByText(/Set on .* by you\./).waitFor();
      const key = page.getByLabel("API key");

      const before = { value: await key.inputValue(), type: await key.getAttribute("type") };
      await key.fill("rk_live_wrong2");
      await testIt(page);
      await page.getByText("It did not work.").waitFor();
      const replacedByWrong = api.world.fetching.credentials.length;
      await key.fill("rk_live_fresh9");
      await page.getByLabel(/Webhook signing secrets/).fill("whsec_one\nwhsec_two");
      await testIt(page);
      await page.getByRole("button", { name: "Replace credentials" }).click();
      await page.getByText("Replaced. The old ones are forgotten.").waitFor();

      expect(before).toEqual({ value: "", type: "password" });
      expect(replacedByWrong).toBe(0);
      expect(api.world.fetching.credentials).toEqual([
        { connectionId: idOf("connection", 13), credentials: { api_key: "rk_live_fresh9", webhook_secrets: ["whsec_one", "whsec_two"] } },
      ]);
      await expect.poll(() => key.inputValue()).toBe("");
      expect(await page.content()).not.toContain("rk_live_fresh9");
    }));

  it("makes a connection for files by its name alone", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/connections/new?type=bai2");

      await page.getByLabel("Name").fill("Meridian, current day");
      await page.getByRole("button", { name: "Create connection" }).click();
      await page.getByRole("heading", { name: "Meridian, current day" }).waitFor();

      expect(api.world.connections.at(-1)).toMatchObject({ connection_type: "bai2", config: { require_proof: "ledger", auto_import: false } });
    }));
});
