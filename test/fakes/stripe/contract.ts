/** Holds the stand-in to Stripe's own declarations: every request and every answer is checked, what breaks them is a violation. Answers nothing itself. */
import { Ajv, type ValidateFunction } from "ajv";
import schemas from "./schemas.json" with { type: "json" };

const ajv = new Ajv({ strict: false, allErrors: true });
const compiled = (group: Record<string, object>): Map<string, ValidateFunction> =>
  new Map(Object.entries(group).map(([name, schema]) => [name, ajv.compile(schema)]));
const objects = compiled(schemas.objects);
const params = compiled(schemas.params);

/** By the word in `object`. */
const OBJECTS: Record<string, string> = {
  balance_transaction: "BalanceTransaction",
  payout: "Payout",
  charge: "Charge",
  refund: "Refund",
  dispute: "Dispute",
  balance: "Balance",
  event: "EventBase",
  account: "Account",
};

export const LIST_PARAMS: Record<string, string> = {
  balance_transactions: "BalanceTransactionListParams",
  payouts: "PayoutListParams",
  charges: "ChargeListParams",
  refunds: "RefundListParams",
  disputes: "DisputeListParams",
  events: "EventListParams",
};

/** What is wrong with a list's parameters; the first is answered as Stripe would. */
export function wrongParams(list: string, given: Record<string, unknown>): string[] {
  return errorsOf(params.get(LIST_PARAMS[list] ?? ""), given);
}

/** What is wrong with an object, and with those that stand in it. */
export function wrongObject(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wrongObject);
  if (typeof value !== "object" || value === null) return [];
  const word = "object" in value && typeof value.object === "string" ? value.object : null;
  const own =
    word === null || word === "list" || word === "topup" ? [] : errorsOf(objects.get(OBJECTS[word] ?? ""), value).map((error) => `${word}${error}`);
  return [...own, ...Object.values(value).flatMap(wrongObject)];
}

function errorsOf(validate: ValidateFunction | undefined, value: unknown): string[] {
  if (validate === undefined) return [" is not declared"];
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params: which }) => `${instancePath} ${message} ${JSON.stringify(which)}`);
}
