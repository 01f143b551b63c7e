/** Is the login at the bank alive, whose is it, and which accounts does it share? Changes nothing but where Plaid rings. */
import * as z from "zod";
import { ConnectorFailure, type ProviderAccount, type TestResult } from "../connector.ts";
import { failureOfItem, plaidErrorSchema } from "./failures.ts";
import { askItem, type PlaidSession } from "./fetch-pages.ts";
import { daysRequested, isProduction } from "./settings.ts";

const itemAnswer = z.looseObject({
  item: z.looseObject({
    item_id: z.string(),
    institution_name: z.string().nullish(),
    webhook: z.string().nullish(),
    error: plaidErrorSchema.nullish(),
    consent_expiration_time: z.string().nullish(),
    update_type: z.string().nullish(),
  }),
});
type Item = z.infer<typeof itemAnswer>["item"];

const accountsAnswer = z.looseObject({
  accounts: z.array(
    z.looseObject({
      account_id: z.string(),
      name: z.string().nullish(),
      mask: z.string().nullish(),
      type: z.string().nullish(),
      subtype: z.string().nullish(),
      balances: z.looseObject({ iso_currency_code: z.string().nullish() }).nullish(),
    }),
  ),
});

/** Throws ConnectorFailure; an error that Plaid keeps with the login is one too, though both calls were answered. */
export async function testItem(session: PlaidSession): Promise<TestResult> {
  daysRequested(session.config, session.platform);
  const { item } = (await askItem(session, { path: "/item/get", answer: itemAnswer })).answer;
  if (item.item_id !== session.config.item_id) throw anotherItem();
  const title = item.institution_name ?? session.config.institution_name;
  if (item.error !== null && item.error !== undefined) throw failureOfItem(item.error, title ?? "the bank");
  const accounts = await accountsOf(session);
  const notes = [...notesOf(session, item, accounts), ...(await pointWebhook(session, item))];
  return {
    identity: identityOf(item.item_id),
    title,
    accounts,
    expiresAt: instantOf(item.consent_expiration_time),
    notes,
  };
}

export const identityOf = (itemId: string): string => `plaid:${itemId}`;

const isoInstant = z.iso.datetime({ offset: true });

/** An instant with its zone, as UTC; null for every other text. */
export function instantOf(text: string | null | undefined): string | null {
  const found = isoInstant.safeParse(text).data;
  return found === undefined ? null : new Date(found).toISOString();
}

/** A login that was connected while we had another address, or none, rings where nobody hears it: it is told ours. A note where that fails: it is still read. */
async function pointWebhook(session: PlaidSession, { webhook }: Item): Promise<string[]> {
  const own = session.platform.plaid?.webhookUrl ?? null;
  if (own === null || own === webhook) return [];
  try {
    await askItem(session, { path: "/item/webhook/update", body: { webhook: own }, answer: z.looseObject({}) });
    return [];
  } catch (error) {
    if (!(error instanceof ConnectorFailure)) throw error;
    return [`Plaid could not be told where to ring (${error.code}), so news comes by the timetable only. It is told again tomorrow.`];
  }
}

async function accountsOf(session: PlaidSession): Promise<ProviderAccount[]> {
  const { accounts } = (await askItem(session, { path: "/accounts/get", answer: accountsAnswer })).answer;
  const found = accounts.map((account) => ({
    id: account.account_id,
    name: account.name ?? null,
    last_four: account.mask?.slice(-4) ?? null,
    currency: account.balances?.iso_currency_code ?? null,
    type: [account.type, account.subtype].filter((word) => typeof word === "string").join("/") || null,
  }));
  const chosen = session.config.account_ids;
  if (chosen !== null && !found.some(({ id }) => chosen.includes(id))) throw noneOfTheChosen();
  return found;
}

function notesOf({ config, platform }: PlaidSession, item: Item, accounts: ProviderAccount[]): string[] {
  const missing = (config.account_ids ?? []).filter((id) => !accounts.some((account) => account.id === id)).length;
  const investments = accounts.filter(({ type }) => /^(?:investment|brokerage)\b/.test(type ?? "")).length;
  return [
    ...(isProduction(platform) ? [] : ["Plaid's real banks are not connected: this is a sandbox or a stand-in."]),
    ...(missing === 0 ? [] : [`${missing} of the chosen accounts are no longer shared. Choose the accounts again.`]),
    ...(investments === 0
      ? []
      : [
          `${investments === 1 ? "One of the accounts holds" : `${investments} of the accounts hold`} investments, which are not cash and are not read.`,
        ]),
    ...(item.update_type === "user_present_required" ? ["This bank gives news only while somebody signs in: it is not read by itself."] : []),
  ];
}

const anotherItem = () =>
  new ConnectorFailure({
    kind: "configuration",
    code: "another_item",
    message: "The access token belongs to another login at a bank than this connection's. Connect the bank again through Link.",
  });

const noneOfTheChosen = () =>
  new ConnectorFailure({
    kind: "configuration",
    code: "accounts_not_shared",
    message: "None of the chosen accounts is shared any more. Choose the accounts again, or share them through “More accounts”.",
  });
