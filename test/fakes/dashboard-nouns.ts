/** The nouns of the pretended bank world: accounts, connections and movements that look like a company's, in four currencies. No state, no server. */

import type * as z from "zod";
import type { auditWire } from "../../src/routes/audit-wire.ts";
import type { accountWire, balanceWire, mappingWire, transactionDetailWire } from "../../src/routes/book-wire.ts";
import type { connectionWire } from "../../src/routes/connection-wire.ts";
import type { jobDetailWire, jobProblemWire, proofWire, rowWire, statementWire } from "../../src/routes/job-wire.ts";
import type { profileWire } from "../../src/routes/reading-wire.ts";

export type Job = z.infer<typeof jobDetailWire>;
export type Row = z.infer<typeof rowWire>;
export type Statement = z.infer<typeof statementWire>;
export type Check = z.infer<typeof proofWire>;
export type Problem = z.infer<typeof jobProblemWire>;
export type Account = z.infer<typeof accountWire>;
export type Balance = z.infer<typeof balanceWire>;
export type Connection = z.infer<typeof connectionWire>;
export type Mapping = z.infer<typeof mappingWire>;
export type StoredProfile = z.infer<typeof profileWire>;
export type Transaction = z.infer<typeof transactionDetailWire>;
export type AuditEntry = z.infer<typeof auditWire>;

const KINDS = {
  user: "01",
  tenant: "02",
  account: "03",
  connection: "04",
  job: "05",
  raw: "06",
  statement: "07",
  mapping: "08",
  transaction: "09",
  balance: "0a",
  audit: "0b",
  upload: "0d",
  profile: "0e",
  channel: "20",
  rule: "21",
  alert: "22",
  message: "23",
  delivery: "24",
  event: "25",
  invitation: "1a",
  session: "1b",
  token: "25",
} as const;

/** A uuid that is the same in every run: `idOf("account", 3)`. */
export function idOf(kind: keyof typeof KINDS, n: number): string {
  return `01930000-00${KINDS[kind]}-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** The pretended now is the minute in which the world was made; instants and days count back from here. */
export const NOW_MS = Math.floor(Date.now() / 60_000) * 60_000;

export function agoOf(minutes: number): string {
  return new Date(NOW_MS - minutes * 60_000).toISOString();
}

export function dayOf(daysAgo: number): string {
  return new Date(NOW_MS - daysAgo * 86_400_000).toISOString().slice(0, 10);
}

/** A whole number in [0, max) that depends on `n` alone. */
export function pick(n: number, max: number): number {
  return (Math.imul(n + 11, 2_654_435_761) >>> 3) % max;
}

const TIMES = { created_by: idOf("user", 1), created_at: agoOf(60 * 24 * 90), updated_at: agoOf(60 * 9) };

interface AccountDraft {
  name: string;
  currency: string;
  lastFour: string;
  current: string | null;
  available: string | null;
  type?: Account["account_type"];
  zone?: string;
  entity?: string;
}

const ACCOUNT_DRAFTS: readonly AccountDraft[] = [
  { name: "Operating account", currency: "USD", lastFour: "4821", current: "1284310467", available: "1261009912" },
  { name: "Payroll", currency: "USD", lastFour: "7710", current: "45120033", available: "45120033" },
  {
    name: "Eurozone collections",
    currency: "EUR",
    lastFour: "0093",
    current: "330481290",
    available: "330481290",
    zone: "Europe/Berlin",
    entity: "Larkfield Europe GmbH",
  },
  {
    name: "Tokyo branch",
    currency: "JPY",
    lastFour: "5528",
    current: "184200350",
    available: "184200350",
    zone: "Asia/Tokyo",
    entity: "Larkfield Japan KK",
  },
  { name: "Kuwait project account", currency: "KWD", lastFour: "3347", current: "91230455", available: null, zone: "Asia/Kuwait" },
  { name: "Card settlement", currency: "USD", lastFour: "1166", current: "-2318840", available: null, type: "credit" },
  { name: "Reserve", currency: "USD", lastFour: "9052", current: null, available: null, type: "savings" },
];

export function makeAccounts(): Account[] {
  return ACCOUNT_DRAFTS.map((draft, index) => ({
    id: idOf("account", index + 1),
    name: draft.name,
    currency: draft.currency,
    account_type: draft.type ?? "checking",
    time_zone: draft.zone ?? "America/New_York",
    entity_id: null,
    entity_name: draft.entity ?? null,
    last_four: draft.lastFour,
    current_balance_minor: draft.current,
    current_as_of_at: draft.current === null ? null : agoOf(60 * 11),
    available_balance_minor: draft.available,
    available_as_of_at: draft.available === null ? null : agoOf(60 * 11),
    transaction_count: 0,
    ...TIMES,
  }));
}

export function makeConnection(part: Partial<Connection> & Pick<Connection, "id" | "name" | "connection_type">): Connection {
  return {
    status: "active",
    config: {},
    credentials: { set: false, set_at: null, set_by: null },
    sync_frequency: "manual",
    sync_hour: 6,
    sync_time_zone: "UTC",
    is_default: false,
    fetches: false,
    entity_id: null,
    state: { code: "receiving", sentence: "Receives files.", next_step: "none" },
    freshness: "not_expected",
    fresh_until: null,
    expires_at: null,
    failure: null,
    test: null,
    provider_accounts: [],
    unmapped: 0,
    open_run: null,
    activity: [],
    last_sync_at: null,
    last_success_at: null,
    next_sync_at: null,
    last_error: null,
    last_job: null,
    ...TIMES,
    ...part,
  };
}

export function makeConnections(): Connection[] {
  return [
    makeConnection({ id: idOf("connection", 1), name: "Bank files", connection_type: "file", is_default: true, last_success_at: agoOf(60 * 50) }),
    makeConnection({
      id: idOf("connection", 2),
      name: "First Meridian, prior day",
      connection_type: "bai2",
      config: { auto_import: false, require_proof: "ledger" },
      last_success_at: agoOf(60 * 23),
    }),
    makeConnection({
      id: idOf("connection", 3),
      name: "Nordhafen Bank",
      connection_type: "bai2",
      config: { auto_import: true, require_proof: "totals" },
      last_success_at: agoOf(60 * 70),
    }),
    makeConnection({
      id: idOf("connection", 4),
      name: "Gulf Trust, Kuwait",
      connection_type: "bai2",
      config: { auto_import: true, require_proof: "ledger" },
      last_error: "The last file ended in the middle of a record (line 4,112). Ask the bank to send it again, then upload it here.",
    }),
  ];
}

const KINDS_OF_MOVEMENT = [
  ["195", "Incoming money transfer", "WIRE IN HALVORSEN TIMBER CO INV 88213 THANK YOU"],
  ["475", "Check paid", "CHECK 10482"],
  ["455", "Preauthorized ACH debit", "KESTREL LOGISTICS GMBH FREIGHT NOV LOT 7"],
  ["142", "ACH credit received", "ORBITAL HEALTH SYSTEMS PAYMENT REF 2026-11-0441"],
  ["495", "Outgoing money transfer", "WIRE OUT MERIDIAN STEEL AND PIPE 50 PCT DEPOSIT"],
  ["165", "Preauthorized ACH credit", "CARD PROCESSOR PAYOUT"],
  ["698", "Miscellaneous fees", "ACCOUNT ANALYSIS FEE OCTOBER"],
  ["115", "Lockbox deposit", "LOCKBOX 0097 DEPOSIT 41 ITEMS"],
  ["451", "ACH debit received", "STATE OF OHIO SALES TAX ELECTRONIC FILING CONFIRMATION 66120948 PERIOD ENDING 10 31"],
] as const;

export interface Movement {
  amount: string;
  typeCode: string;
  typeDescription: string;
  text: string;
  bankReference: string;
  customerReference: string | null;
}

/** The n-th movement of this world, in a currency's minor units. */
export function movementOf(n: number, currency: string): Movement {
  const [typeCode, typeDescription, text] = KINDS_OF_MOVEMENT[pick(n, KINDS_OF_MOVEMENT.length)] ?? KINDS_OF_MOVEMENT[0];
  const size = (pick(n * 3 + 1, 900) + 1) * (pick(n, 7) === 0 ? 98_761 : 1_307);
  const minor = currency === "JPY" ? Math.ceil(size / 10) : size;
  return {
    amount: `${Number(typeCode) >= 400 ? "-" : ""}${minor}`,
    typeCode,
    typeDescription,
    text,
    bankReference: `${260_000_000 + n * 37}`,
    customerReference: pick(n, 3) === 0 ? null : `LF${10_000 + n}`,
  };
}

/** The record of a BAI2 file that says so. */
export function rawOf(movement: Movement): string {
  return `16,${movement.typeCode},${movement.amount.replace("-", "")},Z,${movement.bankReference},${movement.customerReference ?? ""},${movement.text}/`;
}
