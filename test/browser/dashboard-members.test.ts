/** Who comes in and who belongs, in a real browser: the door in each of its states, members, invitations, sessions, and a person of two companies. */
import { describe, expect, it } from "vitest";
import { addCompany } from "../fakes/dashboard-members.ts";
import { idOf } from "../fakes/dashboard-nouns.ts";
import { openDashboard, openRoom } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();

describe.skipIf(!hasBrowser)("the door (skipped where no Chromium is installed)", () => {
  it("where nobody can sign in yet names the settings that are missing", () =>
    visit({ as: null }, async ({ page, api }) => {
      api.world.membership.methods = { local: false, oidc: false, missing_settings: ["OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"] };

      await page.goto("/sign-in");

      await page.getByText("Nobody can sign in here yet.").waitFor();
      await page.getByText("OIDC_CLIENT_SECRET").waitFor();
      await expect.poll(() => page.getByRole("button").count()).toBe(0);
      await expect.poll(() => page.getByRole("link").count()).toBe(0);
    }));

  it("leads to the company's own sign-in and back to where the person wanted to go", () =>
    visit({ as: null }, async ({ page, api }) => {
      api.world.membership.methods = { local: false, oidc: true, missing_settings: [] };

      await page.goto("/transactions?q=rent");

      const link = page.getByRole("link", { name: "Continue with your company account" });
      await expect.poll(() => link.getAttribute("href")).toBe("/auth/oidc?next=%2Ftransactions%3Fq%3Drent");
      await expect.poll(() => page.getByRole("button").count()).toBe(0);
    }));

  it("takes an invitation along, also for somebody who is signed in already", () =>
    visit({}, async ({ page, api }) => {
      api.world.membership.methods = { local: false, oidc: true, missing_settings: [] };

      await page.goto(`/sign-in?invitation=${idOf("invitation", 3)}`);
      await page.getByRole("heading", { level: 1, name: "You are invited" }).waitFor();

      const link = page.getByRole("link", { name: "Continue with your company account" });
      await expect.poll(() => link.getAttribute("href")).toContain(`invitation=${idOf("invitation", 3)}`);
    }));

  it.each([
    ["no_invitation", "There is no open invitation for you."],
    ["email_not_verified", "Your e-mail address is not confirmed."],
    ["provider_unavailable", "Your company's sign-in does not answer."],
    ["constructor", "You could not be signed in."],
  ])("says in words why nobody was let in (%s), with the number to ask after", (code, words) =>
    visit({ as: null }, async ({ page }) => {
      await page.goto(`/sign-in?refused=${code}&request=0f6a2c1e`);

      const alert = page.getByRole("alert");
      await alert.waitFor();
      await expect.poll(() => alert.textContent()).toContain(words);
      await expect.poll(() => alert.textContent()).toContain("0f6a2c1e");
    }),
  );
});

describe.skipIf(!hasBrowser)("the members' page (skipped where no Chromium is installed)", () => {
  it("an admin invites somebody and gets a link to pass on", () =>
    visit({ as: "admin" }, async ({ page, api }) => {
      await openRoom(page, "/members");

      await page.getByRole("button", { name: "Invite somebody" }).click();
      await page.getByLabel("E-mail address").fill("tom.treasurer@larkfield.test");
      await page.getByLabel("Role", { exact: true }).selectOption("viewer");
      await page.getByRole("button", { name: "Invite", exact: true }).click();
      await page.getByRole("heading", { name: "Pass on the link" }).waitFor();

      expect(api.world.membership.invitations[0]).toMatchObject({ email: "tom.treasurer@larkfield.test", role: "viewer", state: "open" });
      await page.getByText(api.world.membership.invitations[0]?.link ?? "no link").waitFor();
    }));

  it("an admin cannot touch an owner or make one", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/members");

      const roles = page.getByLabel("Role of Mia Member");
      await expect.poll(() => roles.locator("option").allTextContents()).toEqual(["Admin", "Member", "Viewer"]);
      await expect.poll(() => page.getByLabel("Role of Olivia Owner").count()).toBe(0);
    }));

  it("the last owner is told why they cannot step down, and stays", () =>
    visit({ as: "owner" }, async ({ page, api }) => {
      await openRoom(page, "/members");

      await page.getByLabel("Role of Olivia Owner").selectOption("viewer");

      await page.getByText("This is the company's last owner").waitFor();
      await expect.poll(() => page.getByLabel("Role of Olivia Owner").inputValue()).toBe("owner");
      expect(api.world.membership.members[0]?.role).toBe("owner");
    }));

  it("a member is removed only after it was said what that means", () =>
    visit({ as: "owner" }, async ({ page, api }) => {
      await openRoom(page, "/members");
      const line = page.getByRole("listitem").filter({ hasText: "viewer@demo.test" }).first();

      await line.getByRole("button", { name: "Remove" }).click();
      await page.getByText("signed out at once").waitFor();
      await page.getByRole("button", { name: "Remove member" }).click();
      await page.getByText("signed out at once").waitFor({ state: "detached" });

      expect(api.world.membership.members.map((one) => one.email)).not.toContain("viewer@demo.test");
    }));

  it("an invitation is revoked, and its link is gone", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, "/members");

      await page.getByRole("button", { name: "Revoke" }).click();
      await page.getByText("Revoked").waitFor();

      await expect.poll(() => page.getByRole("button", { name: "Copy link" }).count()).toBe(0);
    }));

  it("a member sees who belongs and can change nothing, and a viewer has no such room", async () => {
    await visit({ as: "member" }, async ({ page }) => {
      await openRoom(page, "/members");

      await page.getByText("Adam Admin").waitFor();
      await expect.poll(() => page.getByRole("main").getByRole("combobox").count()).toBe(0);
      await expect.poll(() => page.getByRole("main").getByRole("button").count()).toBe(0);
    });
    await visit({ as: "viewer" }, async ({ page }) => {
      await openRoom(page, "/imports");

      await expect.poll(() => page.getByRole("link", { name: "Members" }).count()).toBe(0);
    });
  });
});

describe.skipIf(!hasBrowser)("sessions (skipped where no Chromium is installed)", () => {
  it("a person ends the one that they lost, and keeps the one that they use", () =>
    visit({ as: "member" }, async ({ page }) => {
      await openRoom(page, "/sessions");

      await page.getByRole("listitem").filter({ hasText: "Safari on iOS" }).getByRole("button", { name: "End" }).click();
      await page.getByText("Safari on iOS").waitFor({ state: "detached" });

      await page.getByText("Firefox on Windows").waitFor();
      await page.getByText("This one").waitFor();
    }));

  it("an admin sees where a member is signed in", () =>
    visit({ as: "admin" }, async ({ page }) => {
      await openRoom(page, `/sessions?member=${idOf("user", 3)}`);

      await page.getByRole("heading", { level: 1, name: "Where Mia Member is signed in" }).waitFor();
      await expect.poll(() => page.getByText("This one").count()).toBe(0);
    }));
});

it.skipIf(!hasBrowser)("a person of two companies goes over to the other, and nothing of the first stays open", () =>
  visit({ as: "owner" }, async ({ page, api }) => {
    addCompany(api.world.membership, "Northwind", "viewer");
    await openRoom(page, "/accounts");

    await page.getByLabel("Company").selectOption({ label: "Northwind" });
    await page.getByText("at Northwind").waitFor();

    expect(new URL(page.url()).pathname).toBe("/imports");
    expect(api.world.membership.tenantId).toBe(idOf("tenant", 2));
  }),
);
