/** The dashboard's static files are sent with the same protection as the API's answers, although the Worker never sees them. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { SECURITY_HEADERS } from "../../src/routes/headers.ts";

const FILE = path.resolve(import.meta.dirname, "../../web/public/_headers");

it("every security header of the API is on every file of the dashboard, word for word", () => {
  const [everyFile = ""] = readFileSync(FILE, "utf8").split("\n\n");

  const headers = Object.fromEntries([...everyFile.matchAll(/^ {2}([\w-]+): (.+)$/gm)].map(([, name, value]) => [name, value]));

  expect(headers).toMatchObject(SECURITY_HEADERS);
  expect(headers).toHaveProperty("strict-transport-security");
});
