/** What a Stripe connection is set up with, and what it remembers between runs. Settings can be read by everybody who may see the connection; credentials by nobody. */
import * as z from "zod";

const accountId = z.string().regex(/^acct_\w+$/, "expected an account id such as acct_1AbC…");

export const stripeConfigSchema = z.strictObject({
  account_id: accountId.nullable().default(null).meta({
    title: "Account id",
    description:
      "Begins with acct_ (Stripe: Settings, Business, Account details). Left empty, Stripe is asked; a restricted key needs a permission more for that.",
  }),
  livemode: z.boolean().default(true).meta({
    title: "Live mode",
    description: "Off for test mode and sandboxes. The key must be of the same mode; test money never meets live money.",
  }),
  connected_account: accountId.nullable().default(null).meta({
    title: "Connected account",
    description: "For platforms: the acct_ of the connected account whose money is read with the platform's own key. Empty: the key's own account.",
  }),
  fee_handling: z.enum(["separate", "net"]).default("separate").meta({
    title: "Fees",
    description:
      "separate: the gross amount and Stripe's fee are two lines. net: one line of what is left, its fee named in the text. A change holds for what is created from then on.",
  }),
  lookback_days: z.int().min(1).max(3650).default(90).meta({ title: "Days to read back", description: "How far back the first run reads, in days." }),
  overlap_days: z.int().min(1).max(60).default(7).meta({
    title: "Days to read again",
    description: "Every run reads this many days once more. Lines that are pending for longer are read again when they fall due.",
  }),
  include_payouts: z
    .boolean()
    .default(true)
    .meta({ title: "Payouts", description: "Reads the payouts too, so that their lines carry the bank's own reference once Stripe knows it." }),
  source_details: z.boolean().default(false).meta({
    title: "Details of charges, refunds and disputes",
    description:
      "Keeps with each line what caused it. Names and addresses of your customers are then in the stored pages; the key must be allowed to read them.",
  }),
});
export type StripeConfig = z.infer<typeof stripeConfigSchema>;

const webhookSecret = z.string().regex(/^whsec_\S+$/, "expected a signing secret, which begins with whsec_");

export const stripeCredentialsSchema = z.strictObject({
  api_key: z
    .string()
    .trim()
    .regex(/^(?:rk|sk)_(?:live|test)_\w+$/, "expected a restricted key (rk_live_… or rk_test_…) or a secret key (sk_…)")
    .meta({
      title: "API key",
      description: "A restricted key that may read Balance, Balance transaction sources and Payouts is enough, and better than a secret key.",
      secret: true,
    }),
  webhook_secrets: z
    .union([
      z.string().refine((text) => linesOf(text).every((line) => webhookSecret.safeParse(line).success), "expected one whsec_… a line"),
      z.array(webhookSecret),
    ])
    .default([])
    .meta({
      title: "Webhook signing secrets",
      description: "One a line, each begins with whsec_. While a secret is being rolled over, both are valid.",
      secret: true,
    }),
});
export type StripeCredentials = z.infer<typeof stripeCredentialsSchema>;

/** As they were typed or sent. */
export function webhookSecretsOf({ webhook_secrets }: StripeCredentials): string[] {
  return typeof webhook_secrets === "string" ? linesOf(webhook_secrets) : webhook_secrets;
}

const linesOf = (text: string): string[] =>
  text
    .split(/\s+/)
    .map((line) => line.trim())
    .filter((line) => line !== "");

const seconds = z.int().nonnegative();

/** Lines that were pending when they were read, those that fall due on one day as one: the earliest of them, so that a later run reads back as far. */
const pendingSchema = z.array(z.object({ due: seconds, created: seconds }));
export type Pending = z.infer<typeof pendingSchema>;

export const STEPS = ["balance_transactions", "payouts", "balance"] as const;
export type Step = (typeof STEPS)[number];

export const stripeCursorSchema = z.object({
  /** When the last chain began; everything created before it was read. Null: no chain has ended yet. */
  watermark: seconds.nullable(),
  /** Where the ledger that was read begins: nothing older is taken out of the payouts either. */
  since: seconds,
  account: z.object({ id: accountId, name: z.string().nullable() }),
  pending: pendingSchema,
  /** From which second on fees are booked how, oldest first. */
  fees: z.array(z.object({ from: seconds, handling: z.enum(["separate", "net"]) })).min(1),
  /** Under way. Its filters never change from page to page. */
  chain: z
    .object({
      begun: seconds,
      step: z.enum(STEPS),
      from: seconds,
      payouts_from: seconds,
      after: z.string().nullable(),
      page: z.int().positive(),
      pending: pendingSchema,
    })
    .nullable(),
});
export type StripeCursor = z.infer<typeof stripeCursorSchema>;
export type Chain = NonNullable<StripeCursor["chain"]>;
