/** The dashboard in a real browser against the pretended API: what a treasury person does, and what must never happen to them. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import type { ProofCheck } from "../../web/api/types.ts";
import { idOf } from "../fakes/dashboard-nouns.ts";
import { dropFile, importShown, openDashboard, openRoom, ROOMS } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();
const REVIEW = `/imports/${idOf("job", 1)}`;
const STATEMENT = { name: "meridian.bai", text: "01,MERIDIAN,LARKFIELD,261121,0600,1,,,2/\n99,0,1,2/\n" };

describe.skipIf(!hasBrowser)("the dashboard (skipped where no Chromium is installed)", () => {
  it("a person who is not signed in is asked who they are and comes back to where they wanted to go", () =>
    visit({ as: null }, async ({ page }) => {
      await page.goto("/accounts");
      await page.getByRole("button", { name: /^Member/ }).click();
      await page.getByRole("heading", { level: 1, name: "Accounts" }).waitFor();

      expect(new URL(page.url()).pathname).toBe("/accounts");
      await page.getByText("Mia Member").waitFor();
    }));

  it("a dropped file is read, decided, approved into the books and undone again", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/imports");
      const before = api.world.transactions.length;

      await dropFile(page, STATEMENT);
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).click();
      await page.getByRole("link", { name: "Decide 1 row" }).click();
      await page.getByRole("button", { name: "It is the same" }).click();
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      await page.getByRole("button", { name: "Approve and book" }).click();
      await page.getByRole("button", { name: "Undo import" }).waitFor();
      const booked = api.world.transactions.length;
      await page.getByRole("button", { name: "Undo import" }).click();
      await page.getByRole("button", { name: "Undo the import" }).click();
      await page.getByText("This import was undone").waitFor();

      expect(booked).toBe(before + 4);
      expect(api.world.transactions.length).toBe(before);
    }));

  it("the same file again leads to its first import and books nothing", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/imports");

      await dropFile(page, STATEMENT);
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).waitFor();
      const jobs = api.world.jobs.length;
      await dropFile(page, { ...STATEMENT, name: "copy.bai" });
      await importShown(page);
      await page.getByRole("link", { name: "Open the first import" }).waitFor();

      await page.getByText(/Already imported on .* by Mia Member/).waitFor();
      expect(api.world.jobs.length).toBe(jobs);
    }));

  it("a file over 90 MB goes in parts, and a part that fails is sent again", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "stratifi-large-"));
    const file = path.join(folder, "year.bai");
    writeFileSync(file, STATEMENT.text);
    truncateSync(file, 91_000_000);
    try {
      await visit({}, async ({ page, api }) => {
        api.world.partFailures = 1;
        await openRoom(page, "/imports");

        await page.locator('input[type="file"]').setInputFiles(file);
        await importShown(page);
        await page.getByRole("link", { name: "Open import" }).waitFor();

        const [upload] = [...api.world.uploads.values()];
        expect(upload?.parts.size).toBe(3);
        expect(api.world.partFailures).toBe(0);
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("leaving while a file is on its way asks first", () =>
    visit({}, async ({ page }) => {
      await page.route("**/api/upload/**", () => undefined);
      await openRoom(page, "/imports");
      await page.getByRole("heading", { level: 1 }).click();
      await dropFile(page, STATEMENT);
      await importShown(page);
      await page.getByRole("button", { name: "Cancel" }).waitFor();
      const asked = page.waitForEvent("dialog");

      await page.close({ runBeforeUnload: true });

      expect((await asked).type()).toBe("beforeunload");
      await (await asked).accept();
    }));

  it("rows are walked and decided by keyboard alone", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, `${REVIEW}?view=possible_duplicate`);

      await page.getByRole("grid", { name: "Possible duplicates" }).focus();
      await page.keyboard.press("j");
      await page.keyboard.press("a");
      await page.getByText("Will be linked").first().waitFor();

      const decided = api.world.jobs[0]?.rows.filter((row) => row.outcome === "possible_duplicate").map((row) => row.decision);
      expect(decided).toEqual([null, "link", null]);
    }));

  it("files are chosen by keyboard alone", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");
      const chooser = page.waitForEvent("filechooser");

      await page.getByRole("button", { name: "Choose files" }).focus();
      await page.keyboard.press("Enter");

      expect((await chooser).isMultiple()).toBe(true);
    }));

  it("a plan that changed since it was read is not booked, and the page says to look again", () =>
    visit({}, async ({ page, api }) => {
      const bundle = api.world.jobs.find(({ job }) => job.id === idOf("job", 1));
      for (const row of bundle?.rows ?? []) row.decision ??= row.default_decision ?? "skip";
      if (bundle !== undefined) bundle.job.undecided = 0;
      await openRoom(page, REVIEW);
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      if (bundle !== undefined) bundle.job.plan_version += 1;

      await page.getByRole("button", { name: "Approve although it does not add up" }).click();

      await page.getByText("The plan changed since you looked at it").waitFor();
      expect(bundle?.job.stage).toBe("in_review");
    }));

  it("a statement of which a total stayed open is not called proven, whatever else of it holds", () =>
    visit({}, async ({ page, api }) => {
      const job = api.world.jobs.find((found) => found.job.id === idOf("job", 1))?.job;
      const statement = job?.statements.find((one) => one.proof_ok);
      if (job === undefined || statement === undefined) throw new Error("The demo has no statement that is proven.");
      const opened = <Check extends ProofCheck>(checks: Check[], name: string) =>
        checks.map((one) => (one.check === name ? { ...one, ok: null } : one));
      statement.proof = opened(statement.proof, "account_control_total");
      statement.proof_ok = null;
      job.statements = [statement];
      job.envelope_proof = opened(job.envelope_proof, "group_control_total");
      await openRoom(page, REVIEW);

      const verdicts = page.getByRole("button", { name: /checks hold$/ });
      await verdicts.first().waitFor();

      expect(await verdicts.allTextContents()).toEqual(["Not provable5 of 7 checks hold", "Not provable2 of 3 checks hold"]);
    }));

  it("an undo that is refused names what stands in its way", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, `/imports/${idOf("job", 4)}`);

      await page.getByRole("button", { name: "Undo import" }).click();

      await page.getByText("It cannot be undone as things stand.").waitFor();
      await page.getByRole("link", { name: "Open the transaction" }).waitFor();
      await expect.poll(() => page.getByRole("button", { name: "Undo the import" }).count()).toBe(0);
    }));

  it("a bank account is mapped to an account that is made in its place", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/mappings");

      await page.getByLabel("Your account for 8806").selectOption("new");
      await page.getByLabel("Name").fill("Kuwait payroll");
      await page.getByRole("button", { name: "Create account" }).click();
      await page.getByText("To map 1").waitFor();

      const mapping = api.world.mappings.find((one) => one.last_four === "8806");
      expect(mapping).toMatchObject({ account_name: "Kuwait payroll", verified: true });
    }));

  it("a viewer is offered nothing that a viewer may not do", () =>
    visit({ as: "viewer" }, async ({ page }) => {
      const forbidden =
        /^(Choose files|Approve|Decide|Cancel import|Undo import|Confirm|New account|New connection|Save|Delete|Mark as|Upload files|Take the bank|Read anew|Read the file so|Import$)/;
      for (const room of ROOMS.filter((address) => address !== "/sign-in" && address !== "/audit")) {
        await openRoom(page, room);
        const offers = [...(await page.getByRole("button", { name: forbidden }).all()), ...(await page.getByRole("link", { name: /^Decide/ }).all())];

        expect(offers, room).toHaveLength(0);
      }
    }));

  it("filters stand in the address, and reload and Back restore them", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/transactions");

      await page.getByLabel("Search").fill("lockbox");
      await page.waitForURL(/q=lockbox/);
      await page.getByLabel("Account", { exact: true }).selectOption(idOf("account", 4));
      await page.waitForURL(/account=/);
      await page.reload();
      await page.getByLabel("Search").waitFor();

      await expect.poll(() => page.getByLabel("Search").inputValue()).toBe("lockbox");
      await expect.poll(() => page.getByLabel("Account", { exact: true }).inputValue()).toBe(idOf("account", 4));
    }));

  it("of 1,204 rows only those are drawn that are seen, and scrolling reaches the last", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, `${REVIEW}?view=new`);
      const grid = page.getByRole("grid", { name: "New" });
      await grid.getByRole("row").nth(5).waitFor();
      const drawn = await grid.getByRole("row").count();

      await page.getByText("1,204 rows", { exact: true }).or(page.getByText("200 of 1,204 rows loaded")).waitFor();
      for (let turn = 0; turn < 8; turn += 1) {
        await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
        await page.waitForResponse("**/rows**", { timeout: 700 }).catch(() => null);
      }
      await page.getByText("1,204 rows", { exact: true }).waitFor();
      await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await grid.locator('[aria-rowindex="1205"]').waitFor();

      expect(drawn).toBeLessThan(60);
      await expect.poll(() => grid.getByRole("row").count()).toBeLessThan(60);
    }));

  it("money is shown with the currency's own decimals, a sign and never a float", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/accounts");

      await page.getByText("184,200,350JPY").first().waitFor();
      await page.getByText("91,230.455KWD").first().waitFor();
      await page.getByText("−23,188.40USD").first().waitFor();
    }));
});
