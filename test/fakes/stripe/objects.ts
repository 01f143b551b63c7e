/** Stripe's objects as the stand-in keeps them: whole, in the official package's own types, so that a missing field does not compile. Decides no money. */
import type Stripe from "stripe";

export interface Shared {
  id: string;
  created: number;
  livemode: boolean;
  currency: string;
  amount: number;
}

export function chargeOf(shared: Shared, transactionId: string, description: string): Stripe.Charge {
  return {
    ...shared,
    object: "charge",
    amount_captured: shared.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: transactionId,
    billing_details: { address: null, email: null, name: "Jo Example", phone: null, tax_id: null },
    calculated_statement_descriptor: "EXAMPLE SHOP",
    captured: true,
    customer: null,
    description,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    fraud_details: null,
    metadata: {},
    on_behalf_of: null,
    outcome: null,
    paid: true,
    payment_intent: null,
    payment_method: null,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "succeeded",
    transfer_data: null,
    transfer_group: null,
  };
}

export function refundOf({ livemode: _, ...shared }: Shared, transactionId: string, charge: string): Stripe.Refund {
  return {
    ...shared,
    object: "refund",
    balance_transaction: transactionId,
    charge,
    customer: null,
    customer_account: null,
    metadata: {},
    payment_intent: null,
    payment_method: null,
    reason: "requested_by_customer",
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
}

export function disputeOf(shared: Shared, charge: string): Stripe.Dispute {
  const unsaid = {
    access_activity_log: null,
    appeal: null,
    billing_address: null,
    cancellation_policy: null,
    cancellation_policy_disclosure: null,
    cancellation_rebuttal: null,
    customer_communication: null,
    customer_email_address: null,
    customer_name: null,
    customer_purchase_ip: null,
    customer_signature: null,
    duplicate_charge_documentation: null,
    duplicate_charge_explanation: null,
    duplicate_charge_id: null,
    product_description: null,
    receipt: null,
    refund_policy: null,
    refund_policy_disclosure: null,
    refund_refusal_explanation: null,
    service_date: null,
    service_documentation: null,
    shipping_address: null,
    shipping_carrier: null,
    shipping_date: null,
    shipping_documentation: null,
    shipping_tracking_number: null,
    uncategorized_file: null,
    uncategorized_text: null,
  };
  return {
    ...shared,
    object: "dispute",
    balance_transactions: [],
    charge,
    enhanced_eligibility_types: [],
    evidence: { ...unsaid, enhanced_evidence: {} },
    evidence_details: {
      due_by: shared.created + 7 * 86_400,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "manual",
    },
    intended_submission_method: "manual",
    is_charge_refundable: false,
    metadata: {},
    payment_intent: null,
    reason: "fraudulent",
    status: "needs_response",
  };
}

export function payoutOf(
  shared: Shared,
  transactionId: string,
  { isAutomatic, arrivesAt }: { isAutomatic: boolean; arrivesAt: number },
): Stripe.Payout {
  return {
    ...shared,
    object: "payout",
    application_fee: null,
    application_fee_amount: null,
    arrival_date: arrivesAt,
    automatic: isAutomatic,
    balance_transaction: transactionId,
    description: "STRIPE PAYOUT",
    destination: "ba_1Stand0000000000000001",
    failure_balance_transaction: null,
    failure_code: null,
    failure_message: null,
    metadata: {},
    method: "standard",
    original_payout: null,
    payout_method: null,
    reconciliation_status: isAutomatic ? "in_progress" : "not_applicable",
    reversed_by: null,
    source_type: "card",
    statement_descriptor: null,
    status: "pending",
    trace_id: { status: "pending", value: null },
    type: "bank_account",
  };
}

/** Only what the connector could look at; an account has some hundred fields more. */
export function accountOf(account: { id: string; name: string; country: string; currency: string }) {
  return {
    id: account.id,
    object: "account" as const,
    business_profile: {
      mcc: null,
      minority_owned_business_designation: null,
      name: account.name,
      product_description: null,
      specified_commercial_transactions_act_url: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    charges_enabled: true,
    country: account.country,
    default_currency: account.currency,
    details_submitted: true,
    email: "owner@example.com",
    payouts_enabled: true,
    type: "standard",
  };
}
