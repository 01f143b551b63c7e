/** The identifiers of our nouns, branded so that one is never handed in for another. Never makes an id: the database does. */
import * as z from "zod";

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type TenantId = Id<"tenant">;
export type UserId = Id<"user">;
export type SessionId = Id<"session">;
export type InvitationId = Id<"invitation">;
export type TokenId = Id<"token">;
export type ConnectionId = Id<"connection">;
export type EntityId = Id<"entity">;
export type AccountId = Id<"account">;
export type MappingId = Id<"mapping">;
export type JobId = Id<"job">;
export type RawId = Id<"raw">;
export type StatementId = Id<"statement">;
/** A staged row's id is the id of the transaction it becomes when it is booked as new. */
export type TransactionId = Id<"transaction">;
export type ProfileId = Id<"profile">;
export type OutboxId = Id<"outbox">;
export type DeadLetterId = Id<"dead letter">;
export type ChannelId = Id<"notification channel">;
export type AlertRuleId = Id<"alert rule">;
export type AlertMessageId = Id<"alert message">;

const uuid = z.uuid();

/** A uuid in text, parsed at the door and branded: `parseId<JobId>(text)`; throws a ZodError for anything else. */
export function parseId<T extends Id<string>>(text: string): T {
  // The one place where a checked uuid takes its brand.
  return uuid.parse(text) as T;
}

/** A zod schema of a branded uuid, for requests and messages. */
export const idSchema = <T extends Id<string>>() => uuid as unknown as z.ZodType<T, string>;
