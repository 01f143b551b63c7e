/** The pretended world's state and what may happen in it: files arrive, jobs move a step each time they are looked at, plans are decided, booked and undone. */
import { createHash } from "node:crypto";
import { type Decision, type Outcome, REMOVAL_SEQ_START } from "../../src/domain/plan.ts";
import { Refusal } from "../../src/domain/refusal.ts";
import { type AlertsWorld, makeAlerts } from "./dashboard-alerts.ts";
import { type Company, makeCompany } from "./dashboard-company.ts";
import { makeDemoJobs, makeUploadPlan } from "./dashboard-demo.ts";
import { type FetchingWorld, makeFetchedJobs, makeFetching, makeFetchingConnections, makeFetchingMappings } from "./dashboard-fetching.ts";
import { type JobBundle, makeJob, recount } from "./dashboard-jobs.ts";
import { type Membership, makeMembership } from "./dashboard-members.ts";
import {
  type Account,
  type AuditEntry,
  agoOf,
  type Balance,
  type Connection,
  dayOf,
  idOf,
  type Mapping,
  makeAccounts,
  makeConnections,
  movementOf,
  NOW_MS,
  pick,
  type Row,
  rawOf,
  type StoredProfile,
  type Transaction,
} from "./dashboard-nouns.ts";

export interface World {
  alerts: AlertsWorld;
  accounts: Account[];
  connections: Connection[];
  fetching: FetchingWorld;
  mappings: Mapping[];
  jobs: JobBundle[];
  transactions: Transaction[];
  audit: AuditEntry[];
  /** Parts that have arrived, by upload. */
  uploads: Map<string, { fileName: string; connectionId: string | null; sizeBytes: number; parts: Map<number, Buffer> }>;
  hashes: Map<string, JobBundle>;
  /** The newest version of each remembered reading. */
  profiles: StoredProfile[];
  /** What was said of each file that came, in the order in which they came. */
  said: { fileName: string; format: string; profileId: string | null; accountId: string | null }[];
  /** Answers to the questions of a file, by job. */
  answers: Map<string, { settings: unknown; remember: string | null }>;
  /** Answers 503 to so many part uploads before it takes them. */
  partFailures: number;
  membership: Membership;
  company: Company;
}

export function makeWorld(): World {
  const accounts = makeAccounts();
  const world: World = {
    alerts: makeAlerts(),
    accounts,
    connections: [...makeConnections(), ...makeFetchingConnections()],
    fetching: makeFetching(),
    mappings: makeMappings(),
    jobs: [...makeDemoJobs(), ...makeFetchedJobs()],
    transactions: makeTransactions(accounts),
    audit: makeAudit(),
    uploads: new Map(),
    hashes: new Map(),
    profiles: [],
    said: [],
    answers: new Map(),
    partFailures: 0,
    membership: makeMembership(),
    company: makeCompany(),
  };
  countTransactions(world);
  return world;
}

/** The bytes are here: a new job, or the first one of the same bytes. */
export function deposit(world: World, fileName: string, connectionId: string | null, bytes: Buffer) {
  const hash = createHash("sha256").update(bytes).digest("hex");
  const first = world.hashes.get(hash);
  if (first !== undefined && first.job.stage !== "undone" && first.job.stage !== "cancelled") {
    return {
      job: first.job,
      duplicate: true,
      message: `Already imported on 22 Nov 2026 by Mia Member, as ${first.job.file_name}. Nothing was booked again.`,
    };
  }
  const connection = world.connections.find((one) => one.id === connectionId) ?? world.connections[0];
  const job = makeJob({
    n: 100 + world.jobs.length,
    fileName,
    minutesAgo: 0,
    stage: "deposited",
    status: "pending",
    size_bytes: bytes.length,
    bytes_parsed: 0,
    sha256: hash,
    ...(connection === undefined ? {} : { connection_id: connection.id, connection_name: connection.name }),
  });
  const bundle = { job, rows: [], problems: [] };
  world.jobs.unshift(bundle);
  world.hashes.set(hash, bundle);
  return { job, duplicate: false };
}

/** Remembers how files of a signature are read: the next version of the same signature. */
export function rememberProfile(world: World, draft: Pick<StoredProfile, "name" | "format" | "signature" | "profile">): StoredProfile {
  const before = world.profiles.find((one) => one.format === draft.format && one.signature === draft.signature);
  const version = (before?.version ?? 0) + 1;
  const made = {
    ...draft,
    id: idOf("profile", world.profiles.length * 10 + version),
    version,
    used_by_jobs: 0,
    created_by: idOf("user", 3),
    created_at: agoOf(0),
  };
  world.profiles = [made, ...world.profiles.filter((one) => one !== before)];
  return made;
}

/** A person says how the file is read: it is read on from there. */
export function answerReading(world: World, { job }: JobBundle, answer: { settings: Record<string, unknown>; remember: string | null }): void {
  const { reading } = job;
  if (job.stage !== "needs_mapping" || reading === null || reading.profile !== null) {
    throw new Refusal({ status: 409, code: "nothing_asked", message: "This job's file is read already." });
  }
  world.answers.set(job.id, answer);
  const { remember: name, settings } = answer;
  const saved = name === null ? null : rememberProfile(world, { name, format: "csv", signature: reading.signature, profile: settings });
  job.reading = {
    ...reading,
    questions: [],
    changed: [],
    profile: settings,
    ...(saved === null ? {} : { profile_id: saved.id, profile_name: saved.name, profile_version: saved.version }),
  };
  Object.assign(job, { stage: "parsing", waits_for: null, bytes_parsed: 0 });
}

/** The same bytes as a new job, whose plan is the difference to the books. */
export function reparse(world: World, { job }: JobBundle): JobBundle {
  const made = makeJob({
    n: 100 + world.jobs.length,
    fileName: job.file_name ?? "file",
    minutesAgo: 0,
    job_type: "reparse",
    stage: "deposited",
    status: "pending",
    bytes_parsed: 0,
  });
  const bundle = { job: made, rows: [], problems: [] };
  world.jobs.unshift(bundle);
  return bundle;
}

/** One look is one step of the machine: a page that polls sees the whole journey, and no test has to wait for a clock. */
export function step(world: World, bundle: JobBundle): JobBundle {
  const { job } = bundle;
  if (job.stage === "deposited")
    Object.assign(job, { stage: "parsing", status: "running", records_fetched: 3, bytes_parsed: Math.floor((job.size_bytes ?? 0) / 2) });
  else if (job.stage === "parsing" && job.status === "running") {
    const plan = makeUploadPlan(100 + world.jobs.indexOf(bundle));
    bundle.rows = plan.rows;
    Object.assign(job, {
      stage: "matching",
      bytes_parsed: job.size_bytes,
      statements: plan.statements,
      proof_ok: true,
      records_fetched: plan.rows.length,
    });
  } else if (job.stage === "matching") {
    recount(bundle);
    Object.assign(job, { stage: "in_review", plan_version: 1 });
  } else if (job.stage === "importing") book(world, bundle);
  else if (job.stage === "undoing") {
    world.transactions = world.transactions.filter((transaction) => transaction.import_job_id !== job.id);
    for (const row of bundle.rows) row.imported = false;
    Object.assign(job, { stage: "undone", records_imported: 0 });
    countTransactions(world);
  }
  return bundle;
}

export function decide(
  bundle: JobBundle,
  wanted: { row_id: string; decision: Decision }[] | { where: { outcome: Outcome }; decision: Decision },
): number {
  if (bundle.job.stage !== "in_review") throw new Refusal({ status: 409, code: "wrong_stage", message: "Only a job in review takes decisions." });
  const isAll = !Array.isArray(wanted);
  const decided = bundle.rows.filter((row) => (isAll ? row.outcome === wanted.where.outcome : wanted.some((one) => one.row_id === row.row_id)));
  for (const row of decided) {
    row.decision = isAll ? wanted.decision : (wanted.find((one) => one.row_id === row.row_id)?.decision ?? null);
    row.decided_by = idOf("user", 3);
    row.decided_at = agoOf(0);
  }
  recount(bundle);
  bundle.job.plan_version += 1;
  return decided.length;
}

export function approve(bundle: JobBundle, planVersion: number | undefined): void {
  const { job } = bundle;
  if (planVersion !== undefined && planVersion !== job.plan_version) {
    throw new Refusal({ status: 412, code: "plan_changed", message: `The plan changed since it was read: it is version ${job.plan_version} now.` });
  }
  if (job.undecided > 0) throw new Refusal({ status: 409, code: "undecided_rows", message: `${job.undecided} rows wait for a decision.` });
  Object.assign(job, { stage: "importing", approved_by: idOf("user", 3), approved_at: agoOf(0) });
}

function book(world: World, bundle: JobBundle): void {
  const { job } = bundle;
  const booked = bundle.rows.filter((row) => (row.decision ?? row.default_decision) === "import" && row.outcome !== "removal");
  for (const row of booked) row.imported = true;
  world.transactions = [...booked.map((row) => transactionOf(world, bundle, row)), ...world.transactions];
  Object.assign(job, {
    stage: "done",
    status: job.records_failed + job.outcomes.unmapped > 0 ? "partial" : "completed",
    records_imported: booked.length,
    completed_at: agoOf(0),
  });
  countTransactions(world);
}

function transactionOf(world: World, { job }: JobBundle, row: Row): Transaction {
  const account = world.accounts.find((one) => one.id === row.account_id);
  return {
    ...makeTransaction(Number(row.row_id) % REMOVAL_SEQ_START, account ?? makeAccounts()[0] ?? neverAccount(), 1),
    id: idOf("transaction", 500_000 + Number(row.row_id)),
    import_job_id: job.id,
    description: row.description,
    amount_minor: row.amount_minor ?? "0",
    posted_on: row.posted_on ?? dayOf(1),
  };
}

function neverAccount(): never {
  throw new Error("The pretended world has accounts.");
}

const TRANSACTIONS = 2600;

function makeTransactions(accounts: readonly Account[]): Transaction[] {
  return Array.from({ length: TRANSACTIONS }, (_, n) => makeTransaction(n, accounts[pick(n, 5)] ?? neverAccount(), 1 + Math.floor(n / 40)));
}

function makeTransaction(n: number, account: Account, daysAgo: number): Transaction {
  const movement = movementOf(n, account.currency);
  const lineage = {
    statement_id: idOf("statement", 40),
    job_id: idOf("job", 4),
    raw_id: idOf("raw", 4),
    connection_id: idOf("connection", 2),
    member: null,
    file_name: "meridian-prior-day-2026-11-20.bai",
    line_start: 6 + n,
    line_end: 6 + n,
    byte_start: 212 + n * 81,
    byte_end: 293 + n * 81,
    seen_at: agoOf(60 * 23),
  };
  const isEdited = n % 19 === 4;
  return {
    id: idOf("transaction", n + 1),
    account_id: account.id,
    account_name: account.name,
    connection_id: idOf("connection", 2),
    external_transaction_id: null,
    import_job_id: idOf("job", 4),
    posted_on: dayOf(daysAgo),
    value_on: null,
    amount_minor: movement.amount,
    currency: account.currency,
    type_code: movement.typeCode,
    type_description: movement.typeDescription,
    bank_reference: movement.bankReference,
    customer_reference: movement.customerReference,
    description: movement.text,
    is_pending: n % 41 === 7,
    category: isEdited ? "Freight" : null,
    note: isEdited ? "Agreed with Kestrel by telephone: lot 7 is split over two months." : null,
    entity_id: null,
    reconciled: n % 13 === 2,
    reconciled_at: n % 13 === 2 ? agoOf(60 * 20) : null,
    deleted_at: null,
    deleted_by: null,
    deleted_by_job_id: null,
    version: isEdited ? 2 : 1,
    created_by: idOf("user", 3),
    created_at: agoOf(60 * 23),
    updated_at: agoOf(60 * 20),
    raw_data: { raw: rawOf(movement) },
    lineage,
    sightings: [
      lineage,
      {
        ...lineage,
        statement_id: idOf("statement", 50),
        job_id: idOf("job", 5),
        file_name: "nordhafen-2026-11-19.bai",
        line_start: 44,
        line_end: 45,
      },
    ],
    revisions: isEdited
      ? [
          {
            version: 2,
            kind: "edited",
            job_id: null,
            user_id: idOf("user", 3),
            before: { category: null },
            after: { category: "Freight" },
            created_at: agoOf(60 * 20),
          },
        ]
      : [],
    import_job_file_name: "meridian-prior-day-2026-11-20.bai",
  };
}

function countTransactions(world: World): void {
  for (const account of world.accounts)
    account.transaction_count = world.transactions.filter((one) => one.account_id === account.id && one.deleted_at === null).length;
}

export function balancesOf(account: Account): Balance[] {
  const codes = [
    ["015", "Closing ledger"],
    ["045", "Closing available"],
    ["010", "Opening ledger"],
  ] as const;
  return Array.from({ length: 60 }, (_, n) => {
    const [code, description] = codes[n % 3] ?? codes[0];
    const daysAgo = 1 + Math.floor(n / 3);
    return {
      id: idOf("balance", n + 1),
      type_code: code,
      type_description: description,
      as_of_on: dayOf(daysAgo),
      as_of_at: agoOf(daysAgo * 1440),
      kind: "final" as const,
      amount_minor: `${BigInt(account.current_balance_minor ?? "0") - BigInt(n * 12_345)}`,
      currency: account.currency,
      connection_id: idOf("connection", 2),
      statement_id: idOf("statement", 40),
      import_job_id: idOf("job", 4),
      line: 3,
      received_at: agoOf(daysAgo * 1440),
      superseded_at: n === 7 ? agoOf(60) : null,
    };
  });
}

function makeMappings(): Mapping[] {
  const base = {
    external_account_name: null,
    account_id: null,
    account_name: null,
    suggested_account_id: null,
    suggested_account_name: null,
    verified: false,
    verified_by: null,
    verified_at: null,
    waiting_jobs: 0,
    waiting_rows: 0,
    booked_rows: false,
    created_at: agoOf(9),
    updated_at: agoOf(9),
  };
  const gulf = { connection_id: idOf("connection", 4), connection_name: "Gulf Trust, Kuwait" };
  const meridian = { connection_id: idOf("connection", 2), connection_name: "First Meridian, prior day" };
  const mapped = { verified: true, verified_by: idOf("user", 3), verified_at: agoOf(60 * 24 * 60), booked_rows: true };
  return [
    {
      ...base,
      ...gulf,
      id: idOf("mapping", 21),
      external_account_id: "•••• 3347",
      external_account_name: "LARKFIELD PROJECT CO WLL",
      last_four: "3347",
      currency: "KWD",
      suggested_account_id: idOf("account", 5),
      suggested_account_name: "Kuwait project account",
      waiting_jobs: 1,
      waiting_rows: 12,
    },
    {
      ...base,
      ...meridian,
      id: idOf("mapping", 15),
      external_account_id: "•••• 8806",
      last_four: "8806",
      currency: "KWD",
      waiting_jobs: 1,
      waiting_rows: 12,
    },
    {
      ...base,
      ...meridian,
      ...mapped,
      id: idOf("mapping", 11),
      external_account_id: "•••• 4821",
      last_four: "4821",
      currency: "USD",
      account_id: idOf("account", 1),
      account_name: "Operating account",
    },
    {
      ...base,
      ...meridian,
      ...mapped,
      id: idOf("mapping", 12),
      external_account_id: "•••• 7710",
      last_four: "7710",
      currency: "USD",
      account_id: idOf("account", 2),
      account_name: "Payroll",
    },
    ...makeFetchingMappings({ ...base, ...mapped }),
  ];
}

function makeAudit(): AuditEntry[] {
  const actions = [
    ["session.opened", {}],
    ["job.approved", { plan_version: 4, rows: 96 }],
    ["job.decided", { outcome: "possible_duplicate", decision: "link", rows: 3 }],
    ["file.uploaded", { file_name: "meridian-prior-day-2026-11-20.bai", size_bytes: 188_228 }],
    ["mapping.confirmed", { account: "Operating account" }],
    ["job.imported", { transactions: 96, balances: 6 }],
  ] as const;
  return Array.from({ length: 24 }, (_, n) => {
    const [action, details] = actions[n % actions.length] ?? actions[0];
    return {
      id: idOf("audit", n + 1),
      action,
      subject_type: "job",
      subject_id: null,
      connection_id: null,
      job_id: action.startsWith("job") ? idOf("job", 4) : null,
      details,
      user_id: action === "job.imported" ? null : idOf("user", (n % 3) + 1),
      token_id: null,
      ip_address: "127.0.0.1",
      created_at: new Date(NOW_MS - n * 1_900_000).toISOString(),
      seal_no: n < 2 ? null : 900 - n,
      hash: n < 2 ? null : "ab".repeat(32),
    };
  });
}
