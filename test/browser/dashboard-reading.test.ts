/** How a file is read, in a real browser: previewed before it is sent, asked about once, remembered; and the questions of a job. */
import { describe, expect, it } from "vitest";
import { idOf } from "../fakes/dashboard-nouns.ts";
import { dropFile, importShown, openDashboard, openRoom } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();

const HEADER = "Buchungstag;Verwendungszweck;Betrag;Währung";
const FEBRUARY = {
  name: "umsaetze-2026-02.csv",
  text: `Umsätze\n\n${HEADER}\n03/02/2026;Miete;-1.250,00;EUR\n04/02/2026;Löhne;-3.480,55;EUR\n05/02/2026;Halvorsen Timber;12.000,00;EUR\n`,
};
const MARCH = {
  name: "umsaetze-2026-03.csv",
  text: `Umsätze\n\n${HEADER}\n02/03/2026;Miete;-1.250,00;EUR\n03/03/2026;Zinsen;12,x4;EUR\n04/03/2026;Löhne;-3.480,55;EUR\n05/03/2026;Strom;-96,20;EUR\n`,
};
const STATEMENT = {
  name: "meridian.bai",
  text: [
    "01,MERIDIAN,LARKFIELD,260301,0600,1,,,2/",
    "02,LARKFIELD,MERIDIAN,1,260301,,USD,2/",
    "03,4821,USD,010,1000,,,015,1350,,/",
    "16,195,500,,WIRE-1,,HALVORSEN/",
    "16,475,150,,CHECK-2,,RENT/",
    "49,3000,4/",
    "98,3000,1,6/",
    "99,3000,1,8/",
    "",
  ].join("\n"),
};

describe.skipIf(!hasBrowser)("reading a file (skipped where no Chromium is installed)", () => {
  it("a CSV whose dates can be read in two ways is asked about once, shown, and sent with what was said; the bank's next file asks nothing", () =>
    visit({}, async ({ page, api, complaints }) => {
      await openRoom(page, "/imports");

      await dropFile(page, FEBRUARY);
      await page.getByRole("button", { name: "Answer 1 question first" }).waitFor();
      const sentUnasked = api.world.said.length;
      await page.getByRole("radio", { name: /^DD\/MM\/YYYY/ }).check();
      await page.getByRole("cell", { name: "3 Feb 2026" }).waitFor();
      await page.getByLabel("Remember for files like this, as").fill("Nordhafen");
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).waitFor();
      await dropFile(page, MARCH);
      await page.getByText("Read as remembered: Nordhafen, version 1.").waitFor();
      await page.getByRole("cell", { name: "2 Mar 2026" }).waitFor();
      const asksAgain = await page.getByRole("radio").count();
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).nth(1).waitFor();

      const [profile] = api.world.profiles;
      expect(sentUnasked).toBe(0);
      expect(asksAgain).toBe(0);
      expect(profile).toMatchObject({ name: "Nordhafen", format: "csv", version: 1 });
      expect(profile?.profile["columns"]).toContainEqual(
        expect.objectContaining({ name: "Buchungstag", role: "posted_on", reading: { kind: "date", pattern: "DD/MM/YYYY" } }),
      );
      expect(api.world.said).toEqual([
        { fileName: FEBRUARY.name, format: "auto", profileId: profile?.id, accountId: null },
        { fileName: MARCH.name, format: "auto", profileId: null, accountId: null },
      ]);
      expect(complaints).toEqual([]);
    }));

  it("a cell that cannot be read is marked in its place, with the reason, and is never zero", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");

      await dropFile(page, MARCH);

      await page.getByRole("cell", { name: "12,x4", exact: true }).waitFor();
      await page.getByRole("cell", { name: /Zinsen .*"12,x4" cannot be read/ }).waitFor();
      await page.getByText("One row cannot be read").waitFor();
    }));

  it("what a column holds and how its figures are signed can be said otherwise, and taken back", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");
      await dropFile(page, FEBRUARY);
      await page.getByRole("cell", { name: "+12,000.00" }).last().waitFor();

      await page.getByLabel("Sign of Betrag").selectOption("out");
      await page.getByRole("cell", { name: "−12,000.00" }).last().waitFor();
      await page.getByLabel("What Verwendungszweck holds").selectOption("ignored");
      await page.getByRole("cell", { name: "Halvorsen Timber" }).waitFor({ state: "detached" });
      await page.getByRole("button", { name: "Take my changes back" }).click();

      await page.getByRole("cell", { name: "Halvorsen Timber" }).waitFor();
      await page.getByRole("cell", { name: "+12,000.00" }).last().waitFor();
    }));

  it("a file that names no account goes up with the account that the person chose", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/imports");
      await dropFile(page, FEBRUARY);

      await page.getByRole("radio", { name: /^DD\/MM\/YYYY/ }).check();
      await page.getByLabel("Whose account is it?").selectOption(idOf("account", 3));
      await importShown(page);
      await page.getByRole("link", { name: "Open import" }).waitFor();

      expect(api.world.said).toMatchObject([{ accountId: idOf("account", 3) }]);
    }));

  it("a BAI2 file is shown with its rows, its totals and its proof, and asks nothing", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");

      await dropFile(page, STATEMENT);
      await page.getByText("2 movements in 1 statement").waitFor();

      await page.getByText("Proven", { exact: true }).waitFor();
      await page.getByRole("cell", { name: "+5.00" }).last().waitFor();
      await expect.poll(() => page.getByLabel("Remember for files like this, as").count()).toBe(0);
    }));

  it("of several files those that ask nothing go up together; one that cannot be read says why and is never sent", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, "/imports");

      await dropFile(page, STATEMENT, { ...STATEMENT, name: "copy.bai" }, FEBRUARY, { name: "statement.pdf", text: "%PDF-1.7" });
      await page.getByRole("button", { name: "Import these 2" }).click();
      await page.getByRole("button", { name: /statement.pdf/ }).click();
      await page.getByText("This file cannot be read.").waitFor();

      await expect.poll(() => page.getByRole("button", { name: "Import", exact: true }).count()).toBe(0);
      await expect.poll(() => api.world.said.map(({ fileName }) => fileName).toSorted()).toEqual(["copy.bai", "meridian.bai"]);
    }));

  it("a job that asks how its file is read goes on with the answer, and remembers it", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, `/imports/${idOf("job", 8)}`);

      await page.getByRole("radio", { name: /^DD.MM.YY/ }).check();
      await page.getByLabel("Remember for files like this, as").fill("Nordhafen giro");
      await page.getByRole("button", { name: "Read the file so" }).click();
      await page.getByText("As remembered: Nordhafen giro, version 1").waitFor();

      expect(api.world.answers.get(idOf("job", 8))).toMatchObject({
        remember: "Nordhafen giro",
        settings: { columns: [{ name: "Buchungstag", index: 0, role: "posted_on", reading: { kind: "date", pattern: "DD.MM.YY" } }] },
      });
    }));

  it("the account of a file that names none is mapped under the file's name", () =>
    visit({}, async ({ page, api }) => {
      const [model] = api.world.mappings;
      if (model === undefined) throw new Error("The pretended world has mappings.");
      api.world.mappings.unshift({ ...model, id: idOf("mapping", 90), external_account_name: FEBRUARY.name, last_four: "", external_account_id: "" });

      await openRoom(page, "/mappings");

      await page.getByText(`The account of ${FEBRUARY.name}`).waitFor();
      await page.getByLabel(`Your account for ${FEBRUARY.name}`).waitFor();
    }));

  it("a booked file is read anew as an import of its own, which says what it is", () =>
    visit({}, async ({ page, api }) => {
      await openRoom(page, `/imports/${idOf("job", 5)}`);

      await page.getByRole("button", { name: "Read anew" }).click();
      await page.getByRole("button", { name: "Read it anew" }).click();
      await page.getByText("This reads a file anew that came before.").waitFor();

      expect(new URL(page.url()).pathname).toBe(`/imports/${api.world.jobs[0]?.job.id}`);
      expect(api.world.jobs[0]?.job.job_type).toBe("reparse");
    }));
});
