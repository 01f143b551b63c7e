/** Every fixture of every format is answered for by its own format, whatever its name, or refused by it with its own words. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { fixturesOf } from "../../../scripts/expect.ts";
import { FORMAT_IDS, RECOGNIZE_BYTES } from "../../../src/formats/format.ts";
import { formatOf, recognize } from "../../../src/formats/index.ts";

/** `custom` is any text that a person describes: no file shows it by itself. */
const IDS = FORMAT_IDS.filter((id) => id !== "custom" && fixturesOf(id).length > 0);

describe.each(IDS)("the fixtures of %s", (id) => {
  it.each(fixturesOf(id).map((path) => [basename(path), path] as const))("%s", (_name, path) => {
    const head = new Uint8Array(readFileSync(path)).subarray(0, RECOGNIZE_BYTES);

    const found = recognize(head, "download.bin");

    if ("refusal" in found) expect([formatOf(id).recognizes(head, "download.bin").refusal?.code, "empty_file"]).toContain(found.refusal.code);
    else expect(found).toMatchObject({ format: { id }, confidence: { because: expect.stringMatching(/^It .+\.$/) } });
  });
});
