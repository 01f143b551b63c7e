/** What a company says of itself, in a real browser: how long it keeps what, its tokens, everything it has to take along, and its end by its typed name. */
import { describe, expect, it } from "vitest";
import { PRETENDED_TOKEN } from "../fakes/dashboard-company.ts";
import { openDashboard, openRoom } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();

describe.skipIf(!hasBrowser)("the settings' page (skipped where no Chromium is installed)", () => {
  it("an admin shortens what is kept, and only that is changed", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/settings");
      const before = structuredClone(api.world.company.settings);

      await page.getByLabel("Problems, days").fill("60");
      await page.getByText("about 2 months").waitFor();
      await page.getByRole("button", { name: "Save settings" }).click();
      await expect.poll(() => api.world.company.settings.retention.problems_days).toBe(60);

      expect(api.world.company.settings).toEqual({ ...before, retention: { ...before.retention, problems_days: 60 } });
      await expect.poll(() => page.getByRole("button", { name: "Save settings" }).isDisabled()).toBe(true);
    }));

  it("lets nobody set a time to nothing", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/settings");

      await page.getByLabel("Audit log, days").fill("0");
      await page.getByRole("button", { name: "Save settings" }).click();

      expect(await page.getByLabel("Audit log, days").evaluate((field) => field.matches(":invalid"))).toBe(true);
      expect(api.world.company.settings.retention.audit_days).toBe(2_557);
    }));

  it("a member reads them, and neither export nor end is offered to anybody but an owner", async () => {
    await visit({ as: "member" }, async ({ page }) => {
      await openRoom(page, "/settings");

      await expect.poll(() => page.getByText("2,557 days").count()).toBe(2);
      await expect.poll(() => page.getByRole("main").getByRole("spinbutton").count()).toBe(0);
      await expect.poll(() => page.getByRole("main").getByRole("button").count()).toBe(0);
    });
    await visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/settings");

      await expect.poll(() => page.getByText("Download everything").count()).toBe(0);
      await expect.poll(() => page.getByText("Delete company").count()).toBe(0);
    });
  });

  it("an owner ends the company only by typing its name, and leaves by the door", () =>
    visit({ as: "owner" }, async ({ page, api }) => {
      await openRoom(page, "/settings");
      await expect.poll(() => page.getByRole("link", { name: "Download everything" }).getAttribute("href")).toBe("/api/export.ndjson");

      await page.getByRole("button", { name: "Delete company" }).click();
      const last = page.getByRole("button", { name: "Delete for good" });
      await page.getByLabel("Type the company's name").fill("Larkfield");
      await expect.poll(() => last.isDisabled()).toBe(true);
      await page.getByLabel("Type the company's name").fill("Larkfield Group");
      await last.click();
      await page.getByText("Larkfield Group is closed").waitFor();

      expect(api.world.company.isDeleted).toBe(true);
      await page.getByRole("button", { name: "Leave" }).click();
      await page.waitForURL("**/sign-in");
    }));

  it("says why a session of this morning is not enough, and nothing has happened", () =>
    visit({ as: "owner" }, async ({ page, api }) => {
      api.world.company.isSessionOld = true;
      await openRoom(page, "/settings");

      await page.getByRole("button", { name: "Delete company" }).click();
      await page.getByLabel("Type the company's name").fill("Larkfield Group");
      await page.getByRole("button", { name: "Delete for good" }).click();

      await page.getByText("within the last 15 minutes").waitFor();
      expect(api.world.company.isDeleted).toBe(false);
    }));
});

describe.skipIf(!hasBrowser)("the tokens' page (skipped where no Chromium is installed)", () => {
  it("makes a token for what was ticked, shows it once and never again", () =>
    visit({ as: "admin", permissions: ["clipboard-read", "clipboard-write"] }, async ({ page, api }) => {
      await openRoom(page, "/tokens");

      await page.getByRole("button", { name: "New token" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Night loader");
      await page.getByLabel("See imports").uncheck();
      await page.getByLabel("Ends").selectOption("In 30 days");
      await page.getByRole("button", { name: "Make token" }).click();
      await page.getByText(PRETENDED_TOKEN).waitFor();
      await page.getByRole("button", { name: "Copy token" }).click();
      await page.getByRole("button", { name: "Token copied" }).waitFor();
      expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(PRETENDED_TOKEN);
      await page.getByRole("button", { name: "I have it" }).click();
      await page.getByText("Night loader").waitFor();

      const [made] = api.world.company.tokens;
      expect(made).toMatchObject({ name: "Night loader", scopes: ["files:upload"] });
      expect(Math.round((Date.parse(made?.expires_at ?? "") - Date.now()) / 86_400_000)).toBe(30);
      expect(await page.content()).not.toContain(PRETENDED_TOKEN);
      expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(PRETENDED_TOKEN);
    }));

  it("revokes one only after it was said what that means", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/tokens");
      const line = page.getByRole("listitem").filter({ hasText: "Larkfield ERP" });

      await line.getByRole("button", { name: "Revoke" }).click();
      await page.getByText("refused from its next request on").waitFor();
      await page.getByRole("button", { name: "Revoke token" }).click();
      await line.getByText("Revoked").waitFor();

      expect(api.world.company.tokens.find((token) => token.name === "Larkfield ERP")?.revoked_at).not.toBeNull();
      await expect.poll(() => line.getByRole("button").count()).toBe(0);
    }));

  it("is no room of a member's", () =>
    visit({ as: "member" }, async ({ page }) => {
      await openRoom(page, "/imports");

      await expect.poll(() => page.getByRole("link", { name: "Tokens" }).count()).toBe(0);
    }));
});
