/** `npm run size`: one very large file, then a thousand small ones at once, through a whole local stack; prints what it took and how the pages did meanwhile. Not a test. */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { OwnStack } from "../test/harness/own-stack.ts";
import { runLarge } from "./size/large.ts";
import { runMany } from "./size/many.ts";

const { values } = parseArgs({
  options: {
    megabytes: { type: "string", default: "200" },
    accounts: { type: "string", default: "400" },
    files: { type: "string", default: "1000" },
    companies: { type: "string", default: "20" },
    only: { type: "string" },
    json: { type: "string" },
  },
});

const say = (line: string) => process.stdout.write(`${line}\n`);
const stack = await OwnStack.start({ isDurable: true });
const found: Record<string, unknown> = {};
try {
  if (values.only !== "many")
    found["large"] = await runLarge(stack, { bytes: Number(values.megabytes) * 1_000_000, accounts: Number(values.accounts), say });
  if (values.only !== "large") found["many"] = await runMany(stack, { files: Number(values.files), companies: Number(values.companies), say });
} finally {
  await stack.stop();
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(found, null, 2)}\n`);
