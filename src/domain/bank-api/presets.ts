/** Banks that are described already: each the beginning of a configuration, to be completed and changed by who sets it up. Holds no secret. */
import type * as z from "zod";
import type { BankApiCredentials, bankApiConfigSchema } from "./config.ts";

export interface BankPreset {
  id: string;
  title: string;
  /** What it is for, and what a person has to have at hand. */
  description: string;
  /** The credentials that it asks for, in the form's order. */
  credentials: readonly (keyof BankApiCredentials)[];
  config: z.input<typeof bankApiConfigSchema>;
}

const mercury: BankPreset = {
  id: "mercury",
  title: "Mercury",
  description: "Needs an API token that may only read (Mercury: Settings, API tokens).",
  credentials: ["api_key"],
  config: {
    baseUrl: "https://api.mercury.com/api/v1",
    auth: { kind: "api_key", header: "Authorization", prefix: "Bearer " },
    accounts: {
      path: "/accounts",
      items: "accounts",
      map: {
        id: "id",
        name: ["nickname", "name"],
        lastFour: "accountNumber",
        currency: { const: "USD" },
        type: "kind",
        current: "currentBalance",
        available: "availableBalance",
      },
    },
    transactions: {
      path: "/transactions",
      query: { accountId: "{{account.id}}", start: "{{since}}", limit: "1000", order: "asc" },
      items: "transactions",
      paging: { kind: "last_id", param: "start_after", field: "id" },
      map: {
        id: "id",
        amount: "amount",
        currency: { const: "USD" },
        bookedAt: "postedAt",
        occurredAt: "createdAt",
        description: "bankDescription",
        counterparty: "counterpartyName",
        customerReference: "externalMemo",
        typeCode: "kind",
        status: {
          path: "status",
          values: { sent: "posted", pending: "pending", failed: "void", cancelled: "void", reversed: "void", blocked: "void" },
          default: "error",
        },
      },
      sign: { rule: "negative_is_out" },
    },
    // `start` asks by the day of making: a cheque may be under way for weeks before it is posted.
    limits: { rps: 2, overlapDays: 30, lookbackDays: 365 },
  },
};

const paypal: BankPreset = {
  id: "paypal",
  title: "PayPal",
  description:
    "Transaction Search. Needs the client id and secret of a REST app with Transaction Search (PayPal developer dashboard). Each currency is an account; fees are rows of their own.",
  credentials: ["client_id", "client_secret"],
  config: {
    baseUrl: "https://api-m.paypal.com",
    auth: {
      kind: "oauth2_cc",
      tokenUrl: "https://api-m.paypal.com/v1/oauth2/token",
      scope: "https://uri.paypal.com/services/reporting/search/read https://uri.paypal.com/services/reporting/balances/read",
      style: "basic",
    },
    accounts: {
      path: "/v1/reporting/balances",
      items: "balances",
      map: {
        id: "currency",
        name: { path: "join(' ', ['PayPal', currency])" },
        currency: "currency",
        current: "total_balance.value",
        available: "available_balance.value",
      },
    },
    transactions: {
      path: "/v1/reporting/transactions",
      // Rows that move no money are left out by PayPal itself; their ids are not unique.
      query: { start_date: "{{since_at}}", end_date: "{{until_at}}", fields: "all", page_size: "500", balance_affecting_records_only: "Y" },
      items: "transaction_details",
      emptyWhenMissing: true,
      paging: { kind: "time_window", days: 31, within: { kind: "page", param: "page", first: 1, totalPages: "total_pages" } },
      map: {
        id: "transaction_info.transaction_id",
        account: "transaction_info.transaction_amount.currency_code",
        amount: "transaction_info.transaction_amount.value",
        currency: "transaction_info.transaction_amount.currency_code",
        bookedAt: "transaction_info.transaction_initiation_date",
        description: ["transaction_info.transaction_subject", "transaction_info.transaction_note", "transaction_info.invoice_id"],
        counterparty: ["payer_info.payer_name.alternate_full_name", "payer_info.email_address"],
        bankReference: "transaction_info.paypal_reference_id",
        customerReference: "transaction_info.invoice_id",
        typeCode: "transaction_info.transaction_event_code",
        // V: fully reversed later; the reversal is a row of its own, so the row itself stays.
        status: { path: "transaction_info.transaction_status", values: { S: "posted", V: "posted", P: "pending", D: "void" }, default: "error" },
      },
      sign: { rule: "negative_is_out" },
      fee: { amount: "transaction_info.fee_amount.value", currency: "transaction_info.fee_amount.currency_code", description: "PayPal fee" },
    },
    // Rows appear up to three hours late, and pending ones settle within days.
    limits: { rps: 2, overlapDays: 10, lookbackDays: 365 },
  },
};

const berlinGroup: BankPreset = {
  id: "berlin_group",
  title: "Berlin Group (NextGenPSD2)",
  description:
    "Account information by the NextGenPSD2 standard 1.3. Needs the bank's address, the id of a consent for the accounts, and as a rule a client certificate that the operator has bound.",
  credentials: ["consent_id"],
  config: {
    baseUrl: "https://xs2a.bank.example/psd2",
    auth: { kind: "none" },
    transport: { mtlsBinding: null },
    headers: { "Consent-ID": "{{consent_id}}", "X-Request-ID": "{{uuid}}", Accept: "application/json" },
    accounts: {
      path: "/v1/accounts",
      items: "accounts",
      map: {
        id: "resourceId",
        name: ["name", "displayName", "product"],
        lastFour: ["iban", "bban", "maskedPan"],
        currency: "currency",
        type: "cashAccountType",
      },
    },
    balances: {
      path: "/v1/accounts/{{account.id}}/balances",
      // What a credit line adds is not money that the company has.
      items: "balances[?creditLimitIncluded != `true`]",
      map: { type: "balanceType", amount: "balanceAmount.amount", currency: "balanceAmount.currency" },
      current: ["interimBooked", "closingBooked"],
      available: ["interimAvailable", "closingAvailable", "forwardAvailable"],
    },
    transactions: {
      path: "/v1/accounts/{{account.id}}/transactions",
      query: { bookingStatus: "both", dateFrom: "{{since}}" },
      items: [
        { path: "transactions.booked", status: "posted" },
        { path: "transactions.pending", status: "pending" },
      ],
      paging: { kind: "link_body", path: "not_null(transactions._links.next.href, _links.next.href)" },
      map: {
        id: ["transactionId", "entryReference"],
        amount: "transactionAmount.amount",
        currency: "transactionAmount.currency",
        bookedAt: "bookingDate",
        valueAt: "valueDate",
        description: ["remittanceInformationUnstructured", "join(' ', remittanceInformationUnstructuredArray)", "additionalInformation"],
        counterparty: ["creditorName", "debtorName"],
        bankReference: "entryReference",
        customerReference: "endToEndId",
        typeCode: ["bankTransactionCode", "proprietaryBankTransactionCode"],
      },
      sign: { rule: "negative_is_out" },
    },
    // Without the account's owner, banks answer four times a day.
    limits: { rps: 2, overlapDays: 14, lookbackDays: 89, callsPerDay: 4 },
  },
};

export const BANK_PRESETS: readonly BankPreset[] = [mercury, paypal, berlinGroup];

export const presetOf = (id: string): BankPreset | null => BANK_PRESETS.find((preset) => preset.id === id) ?? null;

/** The preset at another address: a sandbox, or the bank whose API it is. The token's address moves along where it was the same bank's. */
export function presetAt(preset: BankPreset, baseUrl: string): z.input<typeof bankApiConfigSchema> {
  const { auth } = preset.config;
  if (auth.kind !== "oauth2_cc" || !auth.tokenUrl.startsWith(preset.config.baseUrl)) return { ...preset.config, baseUrl };
  return { ...preset.config, baseUrl, auth: { ...auth, tokenUrl: baseUrl + auth.tokenUrl.slice(preset.config.baseUrl.length) } };
}
