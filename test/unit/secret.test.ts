/** A secret does not show itself, by whatever way it is printed; logs hold ids and no more. */
import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { equalInConstantTime, fromBase64, randomToken, sha256Hex, toBase64Url, utf8 } from "../../src/lib/crypto.ts";
import { errorFields, log } from "../../src/lib/log.ts";
import { Secret } from "../../src/lib/secret.ts";

const secret = new Secret("hunter2");

describe("a secret", () => {
  it.each<[string, () => string]>([
    ["a template", () => `${secret}`],
    ["a joined list", () => [secret, secret].join()],
    ["JSON", () => JSON.stringify({ secret, list: [secret] })],
    ["inspection", () => inspect({ secret }, { depth: 9, showHidden: true })],
    ["its own words", () => secret.toString() + secret.toLocaleString()],
    ["its keys", () => Object.entries(secret).join() + Object.getOwnPropertyNames(secret).join()],
    ["a copy", () => JSON.stringify({ ...secret })],
  ])("does not show in %s", (_, print) => {
    expect(print()).not.toContain("hunter2");
  });

  it("gives its value only when it is asked to reveal it", () => {
    expect(secret.reveal()).toBe("hunter2");
  });
});

describe("a line of the log", () => {
  afterEach(() => vi.restoreAllMocks());
  const lastLine = (level: "info" | "error") => {
    const spy = vi.spyOn(console, level).mockImplementation(() => undefined);
    return () => String(spy.mock.lastCall?.[0]);
  };

  it("is one JSON object with ids as they are and secrets by no name", () => {
    const line = lastLine("info");

    log("info", "job_parsed", { job_id: "0199", token_id: "0198", rows: 3, held: secret, token: "sti_x", account_number: "123", email: "a@b.c" });

    expect(JSON.parse(line())).toEqual({
      level: "info",
      event: "job_parsed",
      job_id: "0199",
      token_id: "0198",
      rows: 3,
      held: "[redacted]",
      token: "[redacted]",
      account_number: "[redacted]",
      email: "[redacted]",
    });
  });

  it("tells an error's kind, code and place but not its text, which may quote a row", () => {
    const line = lastLine("error");
    const cause = Object.assign(new Error("Key (email)=(a@b.c) already exists"), { code: "23505" });

    log("error", "request_failed", errorFields(new TypeError("params: hunter2", { cause })));

    expect(JSON.parse(line())).toMatchObject({ error: "TypeError", cause: "Error", sqlstate: "23505" });
    expect(line()).toContain("secret.test.ts");
    expect(line()).not.toMatch(/hunter2|a@b\.c/);
  });
});

describe("the small tools", () => {
  it("base64url goes both ways for every byte and needs no padding", () => {
    const bytes = Uint8Array.from({ length: 70_001 }, (_, index) => index % 256);

    const text = toBase64Url(bytes);

    expect(text).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(fromBase64(text)).toEqual(bytes);
  });

  it("a token is its prefix and 43 characters, never the same", () => {
    const tokens = Array.from({ length: 50 }, () => randomToken("sti_"));

    expect(tokens.every((token) => /^sti_[A-Za-z0-9_-]{43}$/.test(token))).toBe(true);
    expect(new Set(tokens).size).toBe(50);
  });

  it("equality in constant time is equality", () => {
    const same = (one: string, other: string) => equalInConstantTime(utf8(one), utf8(other));

    expect([same("abc", "abc"), same("", ""), same("abc", "abd"), same("abc", "ab"), same("bbc", "abc")]).toEqual([true, true, false, false, false]);
  });

  it("SHA-256 is SHA-256", async () => {
    expect(await sha256Hex("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
