/** The page of alerts in a real browser: who is told what, the test that a person sends, and a secret that is seen once. */
import { describe, expect, it } from "vitest";
import { openDashboard, openRoom } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();

describe.skipIf(!hasBrowser)("the page of alerts (skipped where no Chromium is installed)", () => {
  it("says of each channel whether it gets through, and why not", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/alerts");

      const erp = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "ERP" }) });
      await erp.getByText("Not getting through").waitFor();
      await erp.getByText("The receiver answered 503. It is tried again by itself.").waitFor();
      await erp.getByText("14 alerts").waitFor();
    }));

  it("sends a test and says what came of it, where it came through and where it did not", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/alerts");
      const cardOf = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });

      await cardOf("Treasury desk").getByRole("button", { name: "Send a test" }).click();
      await cardOf("ERP").getByRole("button", { name: "Send a test" }).click();

      await cardOf("Treasury desk").getByText("The test was sent.").waitFor();
      await cardOf("ERP").getByText("The test did not get through.").waitFor();
      await expect.poll(() => cardOf("Old intranet").getByRole("button", { name: "Send a test" }).isDisabled()).toBe(true);
    }));

  it("makes a webhook whose secret is shown once and stands nowhere afterwards", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/alerts");

      await page.getByRole("button", { name: "New channel" }).click();
      await page.getByLabel("Who is told").selectOption("webhook");
      await page.getByLabel("Name").fill("Cash forecast");
      await page.getByLabel("Address").fill("https://forecast.test/alerts");
      await page.getByRole("button", { name: "Create channel" }).click();
      await page.getByText("It is shown this once.").waitFor();
      const whileShown = await page.content();
      await page.getByRole("button", { name: "I have kept it" }).click();
      await page.getByRole("heading", { name: "Cash forecast" }).waitFor();

      expect(whileShown).toContain("whsec_");
      expect(await page.content()).not.toContain("whsec_");
      expect(api.world.alerts.channels.at(-1)).toMatchObject({ name: "Cash forecast", channel_type: "webhook", digest_minutes: 5 });
    }));

  it("says what is wrong with an address and keeps what was typed", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/alerts");

      await page.getByRole("button", { name: "New channel" }).click();
      await page.getByLabel("Name").fill("Desk");
      await page.getByLabel("Incoming webhook's address").fill("https://slack.example.test/x");
      await page.getByRole("button", { name: "Create channel" }).click();

      await page.getByText("an https address at hooks.slack.com").waitFor();
      await expect.poll(() => page.getByLabel("Name").inputValue()).toBe("Desk");
    }));

  it("switches a kind of event off and on, by keyboard too", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/alerts");
      const ruleOf = () => api.world.alerts.rules.find((rule) => rule.event_type === "job_failed" && rule.enabled)?.channel_id;
      const [desk] = api.world.alerts.channels;

      await page.getByRole("button", { name: "Change" }).first().click();
      const failed = page.getByRole("switch", { name: "An import failed" });
      await failed.click();
      await page.waitForFunction(() => document.querySelector('[role="switch"][aria-checked="false"]') !== null);
      const whileOff = ruleOf();
      await failed.focus();
      await page.keyboard.press("Space");
      await page.waitForFunction(() => document.querySelector('[role="switch"][aria-checked="false"]') === null);

      expect(whileOff).toBeUndefined();
      expect(ruleOf()).toBe(desk?.id);
    }));

  it("is read by a member without a way to change anything, and is not offered to a viewer", async () => {
    await visit({ as: "member" }, async ({ page }) => {
      await openRoom(page, "/alerts");

      await page.getByRole("heading", { name: "Treasury desk" }).waitFor();
      await expect.poll(() => page.getByRole("button", { name: /New channel|Change|Send a test/ }).count()).toBe(0);
    });
    await visit({ as: "viewer" }, async ({ page }) => {
      await openRoom(page, "/imports");

      await expect.poll(() => page.getByRole("link", { name: "Alerts" }).count()).toBe(0);
    });
  });

  it("shows a message as it went out, with links into the dashboard, and runs nothing of a file's name", () =>
    visit({ as: "admin" }, async ({ page, complaints }) => {
      await openRoom(page, "/alerts");

      await page.getByText("14 alerts", { exact: true }).last().click();
      await page.getByText("13 imports wait for review", { exact: true }).waitFor();

      await page.getByText("and 3 more").waitFor();
      expect(await page.evaluate(() => "wasRun" in window)).toBe(false);
      expect(complaints).toEqual([]);
    }));
});
