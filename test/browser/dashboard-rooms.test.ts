/** What holds in every room: nothing of a bank's text runs, nothing breaks the page's policy, nothing overflows or jumps, both themes come without a flash. */
import { describe, expect, it } from "vitest";
import { openDashboard, openRoom, ROOMS } from "./dashboard-pages.ts";

const { hasBrowser, visit } = openDashboard();
/** 640 is 1280 at 200 % zoom. */
const WIDTHS = [1280, 640, 390, 360];
/** What a browser's own measure calls good is 0.1; half of it cannot be seen. */
const LAYOUT_SHIFT_MAX = 0.05;

describe.skipIf(!hasBrowser)("every room (skipped where no Chromium is installed)", () => {
  it("runs nothing of what a bank writes, breaks no rule of the page's policy and scrolls sideways at no width", () =>
    visit({}, async ({ page, complaints }) => {
      for (const room of ROOMS) {
        await page.setViewportSize({ width: 1280, height: 860 });
        await openRoom(page, room);
        const overflows: number[] = [];
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 844 });
          overflows.push(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth));
        }

        expect(overflows, room).toEqual(WIDTHS.map(() => 0));
        expect(await page.evaluate(() => "wasRun" in window), room).toBe(false);
      }
      expect(complaints).toEqual([]);
    }));

  it("moves nothing while it loads", () =>
    visit({}, async ({ page }) => {
      await page.addInitScript(() => {
        new PerformanceObserver((list) => {
          const shifts = list.getEntries().filter((entry) => "hadRecentInput" in entry && entry.hadRecentInput === false);
          for (const shift of shifts) {
            const before = Number(sessionStorage.getItem("shift") ?? 0);
            sessionStorage.setItem("shift", `${before + ("value" in shift ? Number(shift.value) : 0)}`);
          }
        }).observe({ type: "layout-shift", buffered: true });
      });
      for (const room of ROOMS) {
        await page.goto("about:blank");
        await openRoom(page, room);
        const shift = await page.evaluate(() => {
          const sum = Number(sessionStorage.getItem("shift") ?? 0);
          sessionStorage.removeItem("shift");
          return sum;
        });

        expect(shift, room).toBeLessThan(LAYOUT_SHIFT_MAX);
      }
    }));

  it.each(["light", "dark"] as const)("is %s from its first paint where the system is", (colorScheme) =>
    visit({ colorScheme }, async ({ page }) => {
      await page.route("**/assets/*.js", () => undefined);

      await page.goto("/imports", { waitUntil: "commit" });
      await page.waitForFunction(() => document.documentElement.dataset["theme"] !== undefined);

      expect(await page.evaluate(() => document.documentElement.dataset["theme"])).toBe(colorScheme);
    }),
  );

  it("keeps a theme that a person chose", () =>
    visit({ colorScheme: "light" }, async ({ page }) => {
      await openRoom(page, "/imports");

      await page.getByLabel("Theme").selectOption("dark");
      await page.reload();
      await page.locator("h1").waitFor();

      expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe("rgb(12, 18, 17)");
    }));

  it("says when the connection is away and when it is back", () =>
    visit({}, async ({ page }) => {
      await openRoom(page, "/imports");

      await page.context().setOffline(true);
      await page.getByText("You are offline.").waitFor();
      await page.context().setOffline(false);

      await page.getByText("You are offline.").waitFor({ state: "detached" });
      await page.getByRole("heading", { level: 1, name: "Imports" }).waitFor();
    }));
});
