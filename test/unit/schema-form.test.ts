/** Forms out of schemas: which fields a provider's settings make, what stands in them, and what they come to. */
import { expect, it } from "vitest";
import * as z from "zod";
import { plaidConfigSchema } from "../../src/sources/connectors/plaid/config.ts";
import { stripeConfigSchema, stripeCredentialsSchema } from "../../src/sources/connectors/stripe/settings.ts";
import { activitySentence, daysOf, rowsToday } from "../../web/lib/activity.ts";
import { draftOf, fieldsOf, parsedJson, valuesOf } from "../../web/lib/schema-form.ts";

const fieldsIn = (schema: z.ZodType, without: readonly string[] = []) => fieldsOf({ ...z.toJSONSchema(schema, { io: "input" }) }, without);

it.each([
  ["Stripe", stripeConfigSchema, {}],
  ["Plaid", plaidConfigSchema, { item_id: "item-1" }],
])("the form of %s as it stands at first comes to what its schema means by nothing said", (_, schema, given) => {
  const fields = fieldsIn(schema);

  const values = valuesOf(fields, draftOf(fields, given));

  expect(schema.parse(values)).toEqual(schema.parse(given));
});

it("settings that are saved stand in their form and come out of it as they were", () => {
  const saved = stripeConfigSchema.parse({ account_id: "acct_1A", livemode: false, fee_handling: "net", lookback_days: 365, source_details: true });
  const fields = fieldsIn(stripeConfigSchema);

  expect(valuesOf(fields, draftOf(fields, saved))).toEqual(saved);
});

it("a secret is never put into its field, and several are a line each", () => {
  const fields = fieldsIn(stripeCredentialsSchema);

  const draft = draftOf(fields, { api_key: "rk_live_1", webhook_secrets: ["whsec_a"] });
  const values = valuesOf(fields, { api_key: " rk_live_2 ", webhook_secrets: "whsec_b\n whsec_c\n" });

  expect(draft).toEqual({ api_key: "", webhook_secrets: "" });
  expect(values).toEqual({ api_key: "rk_live_2", webhook_secrets: ["whsec_b", "whsec_c"] });
});

it("what is left empty is null where the schema has null, and otherwise is not there", () => {
  const fields = fieldsIn(
    z.object({ region: z.string().nullable(), note: z.string().optional(), days: z.int(), ids: z.array(z.string()).nullable() }),
  );

  expect(valuesOf(fields, { region: "", note: " ", days: "7", ids: "" })).toEqual({ region: null, days: 7, ids: null });
});

it("a field that somebody else fills in is not asked for", () => {
  expect(fieldsIn(plaidConfigSchema, ["item_id", "institution_id"]).map(({ name }) => name)).not.toContain("item_id");
});

it("text is an object of JSON, or it says where it is none", () => {
  expect(parsedJson('{"baseUrl":"https://bank.test"}')).toEqual({ value: { baseUrl: "https://bank.test" } });
  expect(parsedJson("[1]")).toEqual({ problem: "An object in braces is expected: { … }." });
  expect(parsedJson("{")).toHaveProperty("problem");
});

it("thirty days have no holes, end today, and are said in a sentence", () => {
  const now = Date.parse("2026-03-02T23:59:59Z");

  const days = daysOf(
    [
      { on: "2026-02-28", rows: 1204 },
      { on: "2026-03-02", rows: 3 },
      { on: "2026-01-01", rows: 99 },
    ],
    now,
  );

  expect([days.length, days[0]?.on, days.at(-1)?.on, rowsToday(days)]).toEqual([30, "2026-02-01", "2026-03-02", 3]);
  expect(activitySentence(days)).toBe("1,207 rows in the last 30 days, at most 1,204 on 28 Feb 2026, the last on 2 Mar 2026.");
  expect(activitySentence(daysOf([], now))).toBe("No rows in the last 30 days.");
});
