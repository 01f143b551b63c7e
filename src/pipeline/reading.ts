/** How a file without meaning of its own is read: by the profile that the company keeps, else by what the file proves; what it does not prove, a person is asked. */
import { settingsOfCsvConfig } from "../domain/csv-config.ts";
import type { ProfileId } from "../domain/ids.ts";
import { mergeSettings, type Profile, type ProfileSettings, type Reading } from "../domain/profile.ts";
import { columnsChanged } from "../domain/profile-shape.ts";
import { Refusal } from "../domain/refusal.ts";
import { type Format, type ParseOptions, SAMPLE_BYTES } from "../formats/format.ts";
import { recordAudit } from "../store/audit.ts";
import { connectionConfig, isDefaultConnection } from "../store/connections.ts";
import { type AskedFile, askedFileOf, setMembers, setReading, setSettings, type UnparsedFile } from "../store/files.ts";
import { moveJob } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { announce } from "../store/outbox.ts";
import { findProfile, getProfile, lastProfileOf, type StoredProfile, saveProfile } from "../store/profiles.ts";
import { type ReadFailure, readHead } from "../store/raw.ts";
import type { StageWork } from "../store/stage.ts";
import type { Tx } from "../store/tenant.ts";
import { askPerson } from "./ask.ts";
import { membersFor } from "./member-reading.ts";
import { type JobAct, requireStage } from "./review.ts";

/** What the parser is to be given; `asked`: the job waits for a person; `missing`, `changed`: the object is not what was received. */
export async function readingFor(
  work: StageWork,
  file: UnparsedFile,
  format: Format,
  connectionId: string,
): Promise<Pick<ParseOptions, "profile" | "members"> | "asked" | ReadFailure> {
  if (format.survey !== undefined) return membersFor(work, file, format, connectionId);
  if (format.read === undefined) return {};
  if (file.profile !== null) return { profile: file.profile };
  const found = await readHead(work.env, { key: file.r2_key, etag: file.etag }, format.sampleBytes ?? SAMPLE_BYTES);
  if ("failure" in found) return found.failure;
  const sample = found.head;
  const read = (settings: ProfileSettings | null): Reading | undefined =>
    format.read?.(sample, {
      fileName: file.file_name,
      whole: file.size_bytes <= sample.byteLength,
      ...(settings === null ? {} : { profile: settings }),
    });
  const said = await work.door.tx(async (tx) => ({
    chosen: file.profile_id === null ? null : await getProfile(tx, file.profile_id),
    connection: csvSettings(format, await connectionConfig(tx, connectionId)),
  }));
  // What was said of this file may give it another header. Its signature is the one that the bank's next file has before anything is said.
  const bare = read(said.connection);
  if (bare === undefined) return {};
  const kept = said.chosen ?? (await work.door.tx((tx) => findProfile(tx, { format: format.id, signature: bare.signature })));
  const isBare = kept === null && file.settings === null;
  const former = isBare ? await formerShape(work, { connectionId, format, bare }) : null;
  const now = former === null ? undefined : read(merged(former.kept.profile, said.connection));
  if (former !== null && now !== undefined) {
    return land(work, file, { reading: { ...changedBy(now, former.changed), signature: bare.signature }, kept: former.kept });
  }
  const reading = isBare ? bare : (read(merged(kept?.profile, said.connection, file.settings)) ?? bare);
  return land(work, file, { reading: { ...reading, signature: bare.signature }, kept });
}

/** A bank changes its export: the profile of the connection's last file, where this one has most of its columns, and what is different. */
function formerShape(
  work: StageWork,
  { connectionId, format, bare }: { connectionId: string; format: Format; bare: Reading },
): Promise<{ kept: StoredProfile; changed: string[] } | null> {
  return work.door.tx(async (tx) => {
    // Where every bank's files arrive, the last file says nothing about this one.
    if (await isDefaultConnection(tx, connectionId)) return null;
    const kept = await lastProfileOf(tx, { connectionId, format: format.id });
    if (kept === null) return null;
    const columns = (kept.profile.columns ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
    const names = bare.profile.columns.map(({ name }) => name);
    const changed = columnsChanged({ signature: kept.signature, columns }, { signature: bare.signature, names });
    return changed === null || changed.length === 0 ? null : { kept, changed };
  });
}

/** The profile itself may say more of a column that is gone: what it was for. */
const changedBy = (reading: Reading, changed: readonly string[]): Reading => ({
  ...reading,
  changed: [...reading.changed, ...changed.filter((one) => !reading.changed.some((said) => said.startsWith(one.slice(0, one.lastIndexOf('"') + 1))))],
});

/** What is said last holds: the remembered profile, the connection's own settings, what a person said of this very file. */
function merged(...settings: (ProfileSettings | null | undefined)[]): ProfileSettings | null {
  const given = settings.filter((one) => one !== null && one !== undefined);
  return given.length === 0 ? null : given.reduce(mergeSettings);
}

function csvSettings(format: Format, config: Awaited<ReturnType<typeof connectionConfig>>): ProfileSettings | null {
  return format.id !== "csv" || config.csv_config === undefined ? null : settingsOfCsvConfig(config.csv_config).settings;
}

/** Pins the profile to the file, or puts the questions to a person, in one transaction. */
function land(
  work: StageWork,
  file: UnparsedFile,
  { reading, kept }: { reading: Reading; kept: StoredProfile | null },
): Promise<{ profile: Profile } | "asked"> {
  const { signature, inference, questions, changed, profile } = reading;
  // A remembered profile that no longer fits is as open as a question, until a person has said something of this very file.
  const isAsked = questions.length > 0 || (changed.length > 0 && file.settings === null);
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    const stored = { signature, inference, questions, changed };
    if (isAsked) {
      await setReading(tx, file.id, { reading: stored, profile: null, profileId: kept?.id ?? null });
      await askPerson(tx, work);
      return "asked";
    }
    await setReading(tx, file.id, { reading: stored, profile, profileId: kept?.id ?? null });
    return { profile };
  });
}

export interface Answers {
  /** Of an archive: of which files in it; null: of those that are asked about now. */
  signature: string | null;
  settings: ProfileSettings;
  /** The name under which the next files of this shape are read so; null: this file only. */
  remember: string | null;
}

/** A person says how the file is read; it is read on from there. 409 where nothing was asked, 422 for files that are not in the archive. */
export async function answerReading(tx: Tx, act: JobAct, answers: readonly Answers[]): Promise<void> {
  await requireStage(tx, act.jobId, ["needs_mapping"]);
  const file = await askedFileOf(tx, act.jobId);
  if (file === null) {
    throw new Refusal({
      status: 409,
      code: "nothing_asked",
      message: "This job's file is read already; only its accounts wait to be mapped. To read it otherwise, cancel it and read it anew.",
    });
  }
  for (const { signature, format, settings, remember } of answers.map((answer) => ({ ...answer, ...shapeOf(file, answer) }))) {
    const said = file.shapes === null ? file.settings : (file.members?.said[signature] ?? null);
    const now = said === null ? settings : mergeSettings(said, settings);
    if (file.shapes === null) file.settings = now;
    else file.members = { said: { ...file.members?.said, [signature]: now }, pinned: null };
    const base = file.shapes === null ? file.profile_id : null;
    const profileId = remember === null ? null : await rememberAnswers(tx, act, { format, signature, settings: now, name: remember, base });
    if (file.shapes === null) file.profile_id = profileId ?? file.profile_id;
    await recordAudit(tx, act.actor, {
      action: "reading.answered",
      subjectType: "job",
      subjectId: act.jobId,
      jobId: act.jobId,
      details: { signature, profile_id: profileId },
    });
  }
  if (file.settings !== null) await setSettings(tx, file.id, { settings: file.settings, profileId: file.profile_id });
  if (file.members !== null) await setMembers(tx, file.id, file.members);
  await moveJob(tx, { tenantId: act.tenantId, jobId: act.jobId, to: "parsing", from: ["needs_mapping"], actor: act.actor });
  await announce(tx, act.tenantId, { type: "job.deposited", jobId: act.jobId });
}

/** Of which files an answer speaks. */
function shapeOf(file: AskedFile, answer: Answers): { signature: string; format: string } {
  const signature = answer.signature ?? file.signature;
  const shapes = file.shapes ?? [{ signature: file.signature, format: file.format }];
  const shape = shapes.find((one) => one.signature === signature);
  if (shape !== undefined) return shape;
  throw new Refusal({
    status: 422,
    code: "unknown_signature",
    message: "No file of this job has that signature. Take it from the job's `reading`.",
    expected: shapes.map((one) => one.signature),
    seen: signature,
  });
}

/** The answers on top of what is remembered of this shape, else of the one that it was before, become its next version. */
async function rememberAnswers(
  tx: Tx,
  act: JobAct,
  file: { format: string; signature: string; settings: ProfileSettings; name: string; base: ProfileId | null },
): Promise<ProfileId> {
  const before = (await findProfile(tx, file)) ?? (file.base === null ? null : await getProfile(tx, file.base));
  const profile = before === null ? file.settings : mergeSettings(before.profile, file.settings);
  const saved = await saveProfile(tx, {
    tenantId: act.tenantId,
    name: file.name,
    format: file.format,
    signature: file.signature,
    profile,
    createdBy: act.actor.userId,
  });
  return saved.id;
}
