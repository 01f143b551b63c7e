/** The API's nouns as types, inferred from the schemas that the routes answer with. Types only: no schema gets into the bundle. */

import type * as z from "zod";
import type { alertDeliveryWire, alertMessageWire, alertRuleWire, channelWire, createdChannelWire } from "../../src/routes/alert-wire.ts";
import type { auditVerifyWire, auditWire } from "../../src/routes/audit-wire.ts";
import type { accountWire, balanceWire, entityWire, mappingWire, transactionDetailWire, transactionWire } from "../../src/routes/book-wire.ts";
import type { companySettingsWire } from "../../src/routes/company-wire.ts";
import type {
  checkedBankWire,
  connectionTypeWire,
  connectionWire,
  runWire,
  testWire,
  webhookEventDetailWire,
  webhookEventWire,
} from "../../src/routes/connection-wire.ts";
import type {
  currencyTotalWire,
  impactWire,
  jobDetailWire,
  jobProblemWire,
  jobWire,
  proofWire,
  rowWire,
  statementWire,
  uploadAnswerWire,
  uploadWire,
} from "../../src/routes/job-wire.ts";
import type {
  invitationWire,
  memberWire,
  sessionEntryWire,
  sessionWire,
  signInMethodsWire,
  tenantChoiceWire,
  tokenWire,
} from "../../src/routes/people-wire.ts";
import type { profileWire, readingWire } from "../../src/routes/reading-wire.ts";

export type { AlertEvent } from "../../src/domain/alerts.ts";
export type { Decision, Outcome } from "../../src/domain/plan.ts";
export type { Permission, Role } from "../../src/domain/roles.ts";
export type { Stage } from "../../src/domain/status.ts";

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export type Session = z.infer<typeof sessionWire>;
export type SignInMethods = z.infer<typeof signInMethodsWire>;
/** A place where somebody is signed in. */
export type SessionEntry = z.infer<typeof sessionEntryWire>;
export type TenantChoice = z.infer<typeof tenantChoiceWire>;
export type Member = z.infer<typeof memberWire>;
export type Invitation = z.infer<typeof invitationWire>;
export type Job = z.infer<typeof jobWire>;
export type JobDetail = z.infer<typeof jobDetailWire>;
export type Statement = z.infer<typeof statementWire>;
export type ProofCheck = z.infer<typeof proofWire>;
export type CurrencyTotal = z.infer<typeof currencyTotalWire>;
export type PlanRow = z.infer<typeof rowWire>;
export type RowTarget = NonNullable<PlanRow["target"]>;
export type JobProblem = z.infer<typeof jobProblemWire>;
export type UploadAnswer = z.infer<typeof uploadAnswerWire>;
export type Upload = z.infer<typeof uploadWire>;
export type UndoImpact = z.infer<typeof impactWire>;
export type Connection = z.infer<typeof connectionWire>;
export type ConnectionType = z.infer<typeof connectionTypeWire>;
export type ProviderAccount = Connection["provider_accounts"][number];
export type ConnectionTest = z.infer<typeof testWire>;
/** What a description of a bank makes of a pasted answer. */
export type CheckedBank = z.infer<typeof checkedBankWire>;
export type SyncRun = z.infer<typeof runWire>;
export type WebhookEvent = z.infer<typeof webhookEventWire>;
export type WebhookEventDetail = z.infer<typeof webhookEventDetailWire>;
/** How a job's file is read, as the server keeps it. */
export type JobReading = z.infer<typeof readingWire>;
export type StoredProfile = z.infer<typeof profileWire>;
export type Mapping = z.infer<typeof mappingWire>;
export type Account = z.infer<typeof accountWire>;
export type Entity = z.infer<typeof entityWire>;
export type Balance = z.infer<typeof balanceWire>;
export type Transaction = z.infer<typeof transactionWire>;
export type TransactionDetail = z.infer<typeof transactionDetailWire>;
export type Lineage = TransactionDetail["lineage"];
export type AuditEntry = z.infer<typeof auditWire>;
export type AuditVerification = z.infer<typeof auditVerifyWire>;
export type Channel = z.infer<typeof channelWire>;
/** With a signing secret where one was made: it is never answered again. */
export type CreatedChannel = z.infer<typeof createdChannelWire>;
export type AlertRule = z.infer<typeof alertRuleWire>;
export type AlertMessage = z.infer<typeof alertMessageWire>;
export type AlertDelivery = z.infer<typeof alertDeliveryWire>;
/** How long the company keeps what, and what it may be sent in a day. */
export type CompanySettings = z.infer<typeof companySettingsWire>;
export type ServiceToken = z.infer<typeof tokenWire>;
/** With the token itself, which is never answered again. */
export type CreatedToken = ServiceToken & { token: string };
