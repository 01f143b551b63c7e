/** Where a bank connection stands: how far each account was read, what is pending, and the chain that is under way. Holds no secret and no money. */
import * as z from "zod";
import { goneRowSchema } from "../../../domain/bank-api/reading.ts";

const daySchema = z.iso.date();

const accountSchema = z.object({ id: z.string(), name: z.string().nullable(), last_four: z.string().nullable(), currency: z.string().nullable() });
export type ChainAccount = z.infer<typeof accountSchema>;

/** A pending row; asking for rows from the day `from` on shows it again while it lives. */
const pendingSchema = goneRowSchema.extend({ from: daySchema });
export type PendingRow = z.infer<typeof pendingSchema>;

const stepSchema = z.object({ part: z.enum(["balances", "transactions"]), account: accountSchema.nullable() });
export type ChainStep = z.infer<typeof stepSchema>;

export const chainSchema = z.object({
  /** An instant; the end of what is asked for. */
  startedAt: z.string(),
  /** Of the description by which the chain was begun. */
  configHash: z.string(),
  accounts: z.array(accountSchema),
  step: z.int(),
  /** Of the step: its first day, the window it is in, the next page's token, and how many pages there were. */
  since: daySchema,
  window: z.int(),
  token: z.string().nullable(),
  pages: z.int(),
  /** Hashes of the step's tokens and answers: none may come twice. */
  seen: z.array(z.string()),
  /** Rows of the step that were pending and were not named yet; what is left at its end is gone. */
  unseen: z.array(pendingSchema),
  /** Rows that are pending now, of all steps so far. */
  pending: z.array(pendingSchema),
});
export type Chain = z.infer<typeof chainSchema>;

export const cursorSchema = z.object({
  /** Account (`*`: all in one) → the day on which it was read last. */
  since: z.record(z.string(), daySchema),
  pending: z.array(pendingSchema),
  /** Runs begun on a day (UTC), against `limits.callsPerDay`. */
  runs: z.object({ on: daySchema, count: z.int() }),
  chain: chainSchema.nullable(),
});
export type BankCursor = z.infer<typeof cursorSchema>;

/** Rows of all accounts that are asked for at once. */
export const ALL_ACCOUNTS = "*";

/** 300 rows × ~150 bytes = 45 KB: what fits into the head of a page when all of them are gone at once. Those beyond stay pending until they are booked. */
export const PENDING_MAX = 300;
