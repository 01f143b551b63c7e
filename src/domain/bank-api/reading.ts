/** How a bank's answers are read: the part of a configuration that travels in the head of each stored page. Holds no address and no secret. */
import * as z from "zod";
import { fieldSchema, itemsSchema, signSchema, statusSchema, unitSchema } from "./fields.ts";

const field = (title: string, description: string) => fieldSchema.meta({ title, description });

export const accountsReadingShape = {
  items: itemsSchema,
  map: z
    .strictObject({
      id: field("Id", "The bank's own, lasting id of the account, by which it is asked for. No account number: ids are kept readable."),
      name: field("Name", "What people call the account.").optional(),
      lastFour: field("Number", "An account number or IBAN; only its last four characters are kept.").optional(),
      currency: field("Currency", "ISO 4217."),
      type: field("Type", "The bank's own word, shown to people.").optional(),
      current: field("Current balance", "Signed, in the account's currency.").optional(),
      available: field("Available balance", "Signed, in the account's currency.").optional(),
    })
    .meta({ title: "Fields of an account", description: "Where each field stands in an account." }),
  unit: unitSchema,
};
export const accountsReadingSchema = z.strictObject(accountsReadingShape);
export type AccountsReading = z.infer<typeof accountsReadingSchema>;

const typesSchema = z.array(z.string().min(1).max(80)).min(1).max(8);

export const balancesReadingShape = {
  items: itemsSchema,
  map: z
    .strictObject({
      type: field("Type", "The bank's word for what kind of balance it is."),
      amount: field("Amount", "Signed."),
      currency: field("Currency", "ISO 4217; without it the account's.").optional(),
    })
    .meta({ title: "Fields of a balance", description: "Where each field stands in a balance." }),
  current: typesSchema.meta({ title: "Current", description: "Types that are the current balance; the first that is there counts." }),
  available: typesSchema
    .optional()
    .meta({ title: "Available", description: "Types that are the available balance; the first that is there counts." }),
  unit: unitSchema,
};
export const balancesReadingSchema = z.strictObject(balancesReadingShape);
export type BalancesReading = z.infer<typeof balancesReadingSchema>;

export const transactionsReadingShape = {
  items: itemsSchema,
  emptyWhenMissing: z.boolean().default(false).meta({
    title: "A missing list is empty",
    description: "For banks that leave the list out where there are no rows. Otherwise an answer without it is refused.",
  }),
  map: z
    .strictObject({
      id: field("Id", "The bank's own id of the row. Without it equal rows are counted.").optional(),
      account: field("Account", "The account's id, for answers that hold the rows of all accounts; each is then asked for once.").optional(),
      amount: field("Amount", "The figure as the bank writes it."),
      currency: field("Currency", "ISO 4217. A row without a known currency is not booked."),
      bookedAt: field("Booked on", "A day, or an instant whose printed day counts.").optional(),
      occurredAt: field("Occurred on", "The day of rows that have no booking day.").optional(),
      valueAt: field("Value day", "When it bears interest; the day of rows that have no other.").optional(),
      description: field("Description", "One path, or several joined by a space."),
      counterparty: field("Counterparty", "Added to the description where it does not name it.").optional(),
      bankReference: field("Bank's reference", "As the bank gives it.").optional(),
      customerReference: field("Customer's reference", "As the payer or payee gave it.").optional(),
      typeCode: field("Type", "A lasting word of the bank's; it takes part in telling rows apart.").optional(),
      status: statusSchema.optional(),
    })
    .refine(({ bookedAt, occurredAt, valueAt }) => (bookedAt ?? occurredAt ?? valueAt) !== undefined, {
      message: "One of bookedAt, occurredAt and valueAt is needed.",
    })
    .meta({ title: "Fields of a row", description: "Where each field stands in a row." }),
  sign: signSchema,
  unit: unitSchema,
  fee: z
    .strictObject({
      amount: field("Amount", "By the same sign rule; the row's amount does not hold it."),
      currency: field("Currency", "ISO 4217; without it the row's.").optional(),
      description: z.string().max(80).default("Fee").meta({ title: "Description", description: "Stands before the row's own." }),
    })
    .optional()
    .meta({ title: "Fee", description: "A fee that the bank takes beside the amount; it becomes a row of its own." }),
};
export const transactionsReadingSchema = z.strictObject(transactionsReadingShape);
export type TransactionsReading = z.infer<typeof transactionsReadingSchema>;

/** A row that was pending, and that the bank no longer names now that its whole window was read. */
export const goneRowSchema = z.object({ account: z.string(), id: z.string(), currency: z.string() });
export type GoneRow = z.infer<typeof goneRowSchema>;

/** What the head of a stored page says of its reading; `kind` is the head's own. */
export const pageReadingSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("accounts"), reading: accountsReadingSchema }),
  z.object({ kind: z.literal("balances"), reading: balancesReadingSchema }),
  z.object({
    kind: z.literal("transactions"),
    reading: transactionsReadingSchema,
    gone: z.array(goneRowSchema).optional(),
  }),
]);
export type PageReading = z.infer<typeof pageReadingSchema>;
