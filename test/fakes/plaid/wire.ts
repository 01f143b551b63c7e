/** Accounts, movements and logins in Plaid's own shapes: figures as JSON numbers in major units, money that leaves as positive. */
import { formatMinor, negateMinor } from "../../../src/domain/money.ts";
import { balancesOf, type FakeAccount, type FakeItem, type FakeTransaction } from "./world.ts";

const majorOf = (minor: string, currency: string | null): number => Number(formatMinor(minor, currency));

export function accountWire(item: FakeItem, account: FakeAccount) {
  const { currentMinor, availableMinor } = balancesOf(item, account);
  return {
    account_id: account.id,
    balances: {
      available: availableMinor === null ? null : majorOf(availableMinor, account.currency),
      current: majorOf(currentMinor, account.currency),
      limit: account.limitMinor === null ? null : majorOf(account.limitMinor, account.currency),
      iso_currency_code: account.currency,
      unofficial_currency_code: account.unofficialCurrency ?? null,
    },
    mask: account.mask,
    name: account.name,
    official_name: account.officialName,
    type: account.type,
    subtype: account.subtype,
    holder_category: "business",
  };
}

export function itemWire(item: FakeItem) {
  return {
    item_id: item.id,
    institution_id: item.institution.id,
    institution_name: item.institution.name,
    webhook: item.webhook,
    error: item.error === null ? null : { ...item.error, display_message: null },
    available_products: ["balance"],
    billed_products: ["transactions"],
    products: ["transactions"],
    consented_products: ["transactions"],
    consent_expiration_time: item.consentExpiresAt,
    update_type: "background",
    created_at: item.createdAt,
  };
}

const NOWHERE = { address: null, city: null, region: null, postal_code: null, country: null, lat: null, lon: null, store_number: null };

export function transactionWire(row: FakeTransaction) {
  return {
    account_id: row.accountId,
    account_owner: null,
    amount: majorOf(negateMinor(row.amountMinor), row.currency),
    iso_currency_code: row.currency,
    unofficial_currency_code: row.unofficialCurrency,
    check_number: row.checkNumber,
    counterparties: [],
    date: row.day,
    datetime: null,
    authorized_date: row.authorizedDay,
    authorized_datetime: null,
    location: NOWHERE,
    name: row.name,
    merchant_name: row.merchant,
    merchant_entity_id: null,
    logo_url: null,
    website: null,
    payment_meta: {
      by_order_of: null,
      payee: null,
      payer: null,
      payment_method: null,
      payment_processor: null,
      ppd_id: null,
      reason: null,
      reference_number: row.reference,
    },
    payment_channel: "other",
    pending: row.isPending,
    pending_transaction_id: row.pendingId,
    personal_finance_category: { primary: "GENERAL_SERVICES", detailed: "GENERAL_SERVICES_OTHER_GENERAL_SERVICES", confidence_level: "LOW" },
    transaction_id: row.id,
    transaction_code: row.code,
    transaction_type: "special",
  };
}
