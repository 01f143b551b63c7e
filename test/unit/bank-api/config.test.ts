/** What may be written as a bank's configuration, and what is refused with which reason. */
import { expect, it } from "vitest";
import * as z from "zod";
import { bankApiConfigSchema, bankApiCredentialsSchema, credentialsNeeded, PEM_REFUSED } from "../../../src/domain/bank-api/config.ts";
import { BANK_PRESETS, presetAt, presetOf } from "../../../src/domain/bank-api/presets.ts";

const mercury = presetOf("mercury")?.config;

/** The preset with one value of it replaced. */
const changed = (path: string, value: unknown): unknown => merged({ ...mercury }, path.split("."), value);

function merged(object: Record<string, unknown>, [key = "", ...rest]: string[], value: unknown): Record<string, unknown> {
  const inner = z.record(z.string(), z.unknown()).catch({}).parse(object[key]);
  return { ...object, [key]: rest.length === 0 ? value : merged(inner, rest, value) };
}

const messagesOf = (config: unknown): string => (bankApiConfigSchema.safeParse(config).error?.issues ?? []).map(({ message }) => message).join(" ");

it.each(BANK_PRESETS.map((preset) => [preset.id, preset] as const))(
  "the preset %s is a configuration, and asks for the credentials it needs",
  (_id, preset) => {
    const config = bankApiConfigSchema.parse(preset.config);

    expect(credentialsNeeded(config)).toEqual(preset.credentials);
    expect(bankApiConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  },
);

it("every field of the form has a title and a description", () => {
  const nameless: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    const { properties } = z
      .object({ properties: z.record(z.string(), z.unknown()).optional() })
      .catch({})
      .parse(schema);
    for (const [name, field] of Object.entries(properties ?? {})) {
      const {
        title,
        description,
        const: fixed,
      } = z.object({ title: z.string().optional(), description: z.string().optional(), const: z.string().optional() }).parse(field);
      if (fixed === undefined && (title === undefined || description === undefined)) nameless.push(`${path}.${name}`);
      visit(field, `${path}.${name}`);
    }
  };

  for (const schema of [bankApiConfigSchema, bankApiCredentialsSchema]) visit(z.toJSONSchema(schema, { io: "input" }), "");

  expect(nameless).toEqual([]);
});

it.each([
  ["transport", { mtlsBinding: "-----BEGIN CERTIFICATE-----\nMIIB" }],
  ["transport", { mtlsBinding: null, certificate: "-----BEGIN CERTIFICATE-----\nMIIB" }],
  ["transport", { privateKey: "-----BEGIN PRIVATE KEY-----" }],
])("a certificate in %s is refused with the reason and the way out", (path, value) => {
  expect(messagesOf(changed(path, value))).toContain(PEM_REFUSED);
});

it("a certificate among the credentials is refused with the same reason", () => {
  const { error } = bankApiCredentialsSchema.safeParse({ api_key: "-----BEGIN PRIVATE KEY-----\nabc" });

  expect(error?.issues.map(({ message }) => message)).toEqual([PEM_REFUSED]);
});

it.each<[string, string, unknown, string]>([
  ["an address without https", "baseUrl", "http://bank.example/api", "https://"],
  ["an address with a password in it", "baseUrl", "https://me:secret@bank.example", "user name"],
  ["an address with a query", "baseUrl", "https://bank.example/?token=1", "no query"],
  ["a path to another host", "transactions.path", "//thief.example/steal", "one slash"],
  ["a path with a query", "transactions.path", "/transactions?limit=1", "query"],
  ["a word that nobody fills", "transactions.query", { from: "{{start}}" }, "{{start}} is not known"],
  ["a header of the platform's", "headers", { Host: "thief.example" }, "Invalid key"],
  ["a header with a line break", "headers", { "X-A": "1\r\nX-B: 2" }, "printable ASCII"],
  ["a binding in small letters", "transport", { mtlsBinding: "my cert" }, "upper-case"],
  ["an unknown key", "transactions.mapp", {}, "mapp"],
  ["an unknown key of the transport", "transport", { tls: true }, "tls"],
  ["no word about the status", "transactions.map.status", undefined, "Say what a row's status is"],
  ["a status that is guessed", "transactions.map.status", { path: "s", values: {}, default: "posted" }, "Invalid input"],
  ["an expression that is none", "transactions.items", "rows[?", "no JMESPath expression"],
  ["a row without any day", "transactions.map", { amount: "a", currency: "c", description: "d", status: { const: "posted" } }, "bookedAt"],
])("%s is refused by name", (_what, path, value, said) => {
  expect(messagesOf(changed(path, value))).toContain(said);
});

it("a configuration is no larger than what fits into a page's head", () => {
  const values = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`word ${index} ${"x".repeat(30)}`, "posted"]));

  expect(messagesOf(changed("transactions.map.status", { path: "s", values }))).toContain("24 KB");
});

it("a preset moves to another address with its tokens", () => {
  const paypal = presetOf("paypal");
  if (paypal === null) throw new Error("There is no such preset.");

  expect(presetAt(paypal, "https://api-m.sandbox.paypal.com")).toMatchObject({
    baseUrl: "https://api-m.sandbox.paypal.com",
    auth: { tokenUrl: "https://api-m.sandbox.paypal.com/v1/oauth2/token" },
  });
});
