/** Finds the machine's own browser and opens it. Never downloads one. */
import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];

/** The browser's program: `CHROMIUM` where it is set, else where systems keep it; null when there is none. */
export function findChromium(): string | null {
  const places = process.env["CHROMIUM"] === undefined ? PLACES : [process.env["CHROMIUM"]];
  return places.find(isProgram) ?? null;
}

/** Root cannot have the browser's sandbox; the pages it sees here are our own. */
export function openChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
}

function isProgram(place: string): boolean {
  try {
    accessSync(place, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
