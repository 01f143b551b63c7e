/** R2 bytes → staged rows. Streams each raw file of the job from its checkpoint; every batch is one transaction with the checkpoint that says so. */
import type { ConnectionConfig } from "../domain/connection.ts";
import { PAGE_FORMAT_IDS, type PageFormatId } from "../domain/page.ts";
import { type Problem, problem } from "../domain/problem.ts";
import { FORMAT_IDS, type Format, type FormatId, type ParseOptions, RECOGNIZE_BYTES, REPLAYED_BYTES_MAX } from "../formats/format.ts";
import { formatOf, recognize } from "../formats/index.ts";
import { pageFormatOf } from "../formats/pages.ts";
import type { Recognition } from "../formats/recognize.ts";
import { connectionConfig, isDefaultConnection } from "../store/connections.ts";
import { nextUnparsed, setFormat, setHash, type UnparsedFile } from "../store/files.ts";
import { foldSync } from "../store/fold.ts";
import { failJob, moveJob } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { announce } from "../store/outbox.ts";
import { hashObject, readFrom, readHead } from "../store/raw.ts";
import { DONE, goOnLater, type StageResult, type StageRun, type StageWork, underLease } from "../store/stage.ts";
import { countStatements, type FileAccount, firstError, type Identified, openStatements, stagedWireType } from "../store/staging.ts";
import { isUniqueViolation, type Tx } from "../store/tenant.ts";
import { normalizeAccountNumber } from "../store/vault.ts";
import { Batch, Landing } from "./batch.ts";
import { type Feed, isTooLarge, openFeed, type Portion } from "./feed.ts";
import { readingFor } from "./reading.ts";

/** Parses what is left of the job's files, then sends it on to matching; near the time budget it sends itself the same message again. */
export function parseJob(run: StageRun): Promise<StageResult> {
  return underLease(run, ["deposited", "parsing"], async (work) => {
    const connectionId = await begin(work);
    for (;;) {
      const file = await work.door.tx((tx) => nextUnparsed(tx, work.jobId));
      if (file === null) return finish(work);
      const outcome = await parseFile(work, file, connectionId, work.deadline);
      if (outcome === "failed" || outcome === "asked") return DONE;
      if (outcome === "out of time") return goOnLater(work, "job.deposited");
    }
  });
}

async function begin(work: StageWork): Promise<string> {
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    if (work.stage === "deposited") await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "parsing" });
    const job = await tx.query.ingestionJobs.findFirst({ columns: { connection_id: true }, where: (jobs, { eq }) => eq(jobs.id, work.jobId) });
    if (!job) throw new Error(`Job ${work.jobId} has a lease but no row.`);
    return job.connection_id;
  });
}

/** Of a file, or of a page that a connection fetched. */
type AnyFormat = Format | Format<unknown, PageFormatId>;

const isOfFiles = (format: AnyFormat): format is Format => !PAGE_FORMAT_IDS.some((id) => id === format.id);

type FileOutcome = "parsed" | "failed" | "asked" | "out of time";

async function parseFile(work: StageWork, file: UnparsedFile, connectionId: string, deadline: number): Promise<FileOutcome> {
  if (file.sha256 === null && !(await hashFile(work, file))) return "failed";
  const format = await chooseFormat(work, file);
  if (format === null) return "failed";
  if (isTooLarge(format, file.size_bytes)) return fail(work, tooLarge(format, file.size_bytes));
  const read = isOfFiles(format) ? await readingFor(work, file, format, connectionId) : {};
  if (read === "missing" || read === "changed") return fail(work, STORAGE_FAILURES[read]);
  if (read === "asked") return "asked";
  const { config, open, wireType, fileAccount } = await work.door.tx(async (tx) => ({
    config: await connectionConfig(tx, connectionId),
    open: await openStatements(tx, file.id),
    wireType: await stagedWireType(tx),
    fileAccount: await fileAccountOf(tx, file, connectionId),
  }));
  const options: ParseOptions = {
    ...(config.text_join === undefined ? {} : { textJoin: config.text_join }),
    ...read,
  };
  // The state was written by this same format's checkpoint, so it is what `open` expects.
  const resume = file.parse_state === null ? undefined : { byteOffset: file.next_offset, state: file.parse_state };
  const feed = openFeed(format, options, resume);
  const scope = { tenantId: work.tenantId, jobId: work.jobId, rawId: file.id, connectionId, wireType, fileAccount, identified: identifiedBy(config) };
  const landing = new Landing({ work, scope, position: { offset: file.next_offset, seq: file.parse_seq } });
  const batch = new Batch(open.map(({ ordinal, currency, group_status: groupStatus }) => ({ ordinal, currency, groupStatus })));
  try {
    return await readInto(work, { file, feed, batch, landing, deadline });
  } finally {
    // Whatever happened: the connection is free again before anybody uses it for something else.
    await landing.settled().catch(() => undefined);
  }
}

/** A connection that takes every bank's files knows nothing of a file without account numbers: each is mapped by itself. */
async function fileAccountOf(tx: Tx, file: UnparsedFile, connectionId: string): Promise<FileAccount> {
  const raw = await tx.query.rawIngestionData.findFirst({
    columns: { created_by: true, profile_id: true },
    where: (rows, { eq }) => eq(rows.id, file.id),
  });
  const isItsOwn = file.account_id !== null || (await isDefaultConnection(tx, connectionId));
  return {
    number: isItsOwn ? `file:${file.r2_key}` : "",
    isOfConnection: !isItsOwn,
    fileName: file.file_name,
    accountId: file.account_id,
    sentBy: raw?.created_by ?? null,
    profileId: raw?.profile_id ?? null,
  };
}

/** The accounts that the connection's settings name. */
function identifiedBy({ account_identifiers: named = [] }: ConnectionConfig): ReadonlyMap<string, Identified> {
  return new Map(
    named.map(({ external_account_id: id, account_id: accountId, name }) => [
      normalizeAccountNumber(id),
      { accountId: accountId ?? null, name: name ?? null },
    ]),
  );
}

interface Reading {
  file: UnparsedFile;
  feed: Feed;
  batch: Batch;
  landing: Landing;
  deadline: number;
}

/** Reads on while the last batch lands. */
async function readInto(work: StageWork, { file, feed, batch: first, landing, deadline }: Reading): Promise<FileOutcome> {
  const reading = readFrom(work.env, { key: file.r2_key, etag: file.etag, sizeBytes: file.size_bytes, offset: feed.offset });
  for (let batch = first; ; ) {
    const chunk = await reading.next();
    if (chunk.done) {
      if (chunk.value !== null) {
        await landing.settled();
        return fail(work, STORAGE_FAILURES[chunk.value]);
      }
      await landLast(feed.end(), { batch, landing, sizeBytes: file.size_bytes });
      return "parsed";
    }
    for (const { records, checkpoint, bytes } of feed.push(chunk.value)) {
      batch.add(records, bytes);
      if (!batch.isFull) continue;
      await landing.commit(batch, checkpoint, false);
      batch = batch.next();
      if (Date.now() <= deadline) continue;
      await reading.return(null);
      await landing.settled();
      return "out of time";
    }
  }
}

/** The last portions: the very last commit says that the file is done. */
async function landLast(
  portions: Iterable<Portion>,
  { batch: open, landing, sizeBytes }: Pick<Reading, "batch" | "landing"> & { sizeBytes: number },
): Promise<void> {
  let batch = open;
  let before: Portion["checkpoint"] | null = null;
  for (const { records, checkpoint, bytes } of portions) {
    if (batch.isFull && before !== null) {
      await landing.commit(batch, before, false);
      batch = batch.next();
    }
    batch.add(records, bytes);
    before = checkpoint;
  }
  await landing.commit(batch, { state: null, byteOffset: sizeBytes }, true);
  await landing.settled();
}

function tooLarge(format: AnyFormat, sizeBytes: number): Pick<Problem, "code" | "message"> {
  return {
    code: "file_too_large_for_format",
    message: `A file in the format "${format.title}" is read whole and may have up to ${REPLAYED_BYTES_MAX} bytes; this one has ${sizeBytes}. Split it by account or by month, or ask the bank for CSV, camt or BAI2, which may be of any size.`,
  };
}

const STORAGE_FAILURES = {
  missing: {
    code: "raw_file_missing",
    message:
      "The stored file is no longer in storage, so it cannot be read on. Nothing was booked. Upload the file again; the same bytes are accepted.",
  },
  changed: {
    code: "raw_file_changed",
    message:
      "The stored file is not the one that was received: its fingerprint changed. Nothing was booked. Upload the file again and tell your administrator.",
  },
} as const;

/** A body that came in parts is hashed before it is read; false where the same bytes are here already. */
async function hashFile(work: StageWork, file: UnparsedFile): Promise<boolean> {
  const hashed = await hashObject(work.env, { key: file.r2_key, etag: file.etag });
  if ("failure" in hashed) {
    await fail(work, STORAGE_FAILURES[hashed.failure]);
    return false;
  }
  try {
    await work.door.tx(async (tx) => {
      await holdLease(tx, work.lease);
      await setHash(tx, file.id, hashed.sha256);
    });
    return true;
  } catch (error) {
    if (!isUniqueViolation(error, "raw_ingestion_data_content")) throw error;
    await fail(work, {
      code: "duplicate_file",
      message:
        "These exact bytes were uploaded to this connection before and that job still stands. Nothing was booked twice. Open the first job instead.",
    });
    return false;
  }
}

async function chooseFormat(work: StageWork, file: UnparsedFile): Promise<AnyFormat | null> {
  const page = PAGE_FORMAT_IDS.find((id) => id === file.format);
  if (page !== undefined) return pageFormatOf(page);
  const read = await readHead(work.env, { key: file.r2_key, etag: file.etag }, RECOGNIZE_BYTES);
  if ("failure" in read) {
    await fail(work, STORAGE_FAILURES[read.failure]);
    return null;
  }
  const { head } = read;
  const named = FORMAT_IDS.find((id) => id === file.format);
  const found = named === undefined ? recognize(head, file.file_name) : recognizeNamed(named, head, file.file_name);
  if ("refusal" in found) {
    await fail(work, found.refusal);
    return null;
  }
  const { format, confidence } = found;
  if (file.format === "recognize") {
    await work.door.tx(async (tx) => {
      await holdLease(tx, work.lease);
      await setFormat(tx, file.id, format.id, confidence.because);
    });
  }
  return format;
}

/** The upload named the format: only a dialect that it refuses by name stands against it. */
function recognizeNamed(id: FormatId, head: Uint8Array, fileName: string): Recognition {
  const format = formatOf(id);
  const confidence = format.recognizes(head, fileName);
  return confidence.refusal === undefined ? { format, confidence } : { refusal: problem(confidence.refusal) };
}

async function fail(work: StageWork, why: Pick<Problem, "code" | "message">): Promise<"failed"> {
  await work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    await failJob(tx, work.tenantId, work.lease, why);
  });
  return "failed";
}

async function finish(work: StageWork): Promise<StageResult> {
  await work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    await foldSync(tx, work.jobId);
    const error = await firstError(tx, work.jobId);
    if (error !== null && (await countStatements(tx, work.jobId)) === 0) {
      await failJob(tx, work.tenantId, work.lease, error);
      return;
    }
    if (await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "matching" })) {
      await announce(tx, work.tenantId, { type: "job.parsed", jobId: work.jobId });
    }
  });
  return DONE;
}
