/** The kinds of connection of the pretended world, with the forms that set them up: the providers' real schemas where there are any. */
import { z } from "@hono/zod-openapi";
import { bankApiConfigSchema, bankApiCredentialsSchema } from "../../src/domain/bank-api/config.ts";
import { BANK_PRESETS } from "../../src/domain/bank-api/presets.ts";
import type { connectionTypeWire } from "../../src/routes/connection-wire.ts";
import { plaidConfigSchema } from "../../src/sources/connectors/plaid/config.ts";
import { stripeConfigSchema, stripeCredentialsSchema } from "../../src/sources/connectors/stripe/settings.ts";

type ConnectionType = z.infer<typeof connectionTypeWire>;

const formOf = (schema: z.ZodType): Record<string, unknown> => ({ ...z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) });

const files = z.strictObject({
  require_proof: z.enum(["totals", "ledger"]).default("totals").meta({
    title: "Proof",
    description: "ledger: opening balance plus movements has to come to the closing balance. totals: it is enough that nothing contradicts.",
  }),
});

function typeOf(part: Pick<ConnectionType, "connection_type" | "title" | "description"> & Partial<ConnectionType>): ConnectionType {
  return {
    fetches: true,
    available: true,
    unavailable_because: null,
    set_up: "form",
    config_schema: {},
    credentials_schema: null,
    presets: [],
    ...part,
  };
}

export const DEMO_TYPES: readonly ConnectionType[] = [
  typeOf({
    connection_type: "plaid",
    title: "Plaid",
    description: "Banks of the United States, Canada and Europe through Plaid: you sign in at the bank.",
    set_up: "plaid_link",
    config_schema: formOf(plaidConfigSchema),
  }),
  typeOf({
    connection_type: "stripe",
    title: "Stripe",
    description: "The balance of a Stripe account: charges, refunds, fees and payouts.",
    config_schema: formOf(stripeConfigSchema),
    credentials_schema: formOf(stripeCredentialsSchema),
  }),
  typeOf({
    connection_type: "bank_api",
    title: "Bank API",
    description: "A bank's own API, described as data: a preset, or one that you write.",
    config_schema: formOf(bankApiConfigSchema),
    credentials_schema: formOf(bankApiCredentialsSchema),
    presets: BANK_PRESETS.map(({ id, title, description, config }) => ({ id, title, description, config: { ...config } })),
  }),
  typeOf({
    connection_type: "bai2",
    title: "BAI2 bank files",
    description: "Prior-day and current-day reports that you or your bank send.",
    fetches: false,
    config_schema: formOf(files),
  }),
  typeOf({
    connection_type: "file",
    title: "Bank files, any format",
    description: "CSV, MT940, camt, OFX and more.",
    fetches: false,
    config_schema: formOf(files),
  }),
  typeOf({
    connection_type: "sftp",
    title: "SFTP",
    description: "Files that are fetched from your bank's server.",
    available: false,
    unavailable_because: "Not part of this installation yet. Let the bank's files be sent here by a service token instead.",
  }),
];
