/** A bank's description tried in the Worker's own runtime: its expressions and exact figures are there what they are in Node. */
import { expect, it } from "vitest";
import { presetOf } from "../../src/domain/bank-api/presets.ts";
import { openRoad } from "./support/road.ts";

it("an answer is read by expressions, and its figures stay as they are printed", async () => {
  const road = await openRoad();
  const admin = await road.as("admin");
  const config = presetOf("berlin_group")?.config;
  const answer = `{"balances": [
    {"balanceType": "interimBooked", "balanceAmount": {"currency": "EUR", "amount": 9007199254740993.25}},
    {"balanceType": "interimAvailable", "creditLimitIncluded": true, "balanceAmount": {"currency": "EUR", "amount": "1.00"}}
  ]}`;

  const body = await road.ok("POST", "/api/bank-apis/check", { config, answer }, admin);

  expect(body).toMatchObject({
    kind: "balances",
    problems: [],
    balances: [{ type_code: "current", amount_minor: "900719925474099325", currency: "EUR" }],
  });
});

it("a description with a certificate in it is refused with the reason", async () => {
  const road = await openRoad();
  const admin = await road.as("admin");
  const config = { ...presetOf("berlin_group")?.config, transport: { mtlsBinding: "-----BEGIN CERTIFICATE-----" } };

  const body = await road.ok("POST", "/api/bank-apis/check", { config, answer: "{}" }, admin);

  expect(JSON.stringify(body["problems"])).toContain("bound to the service when it is deployed");
});
