/** How a file without meaning of its own is read: by the profile that the company keeps, else by what the file proves; what it does not prove, a person is asked. */
import { settingsOfCsvConfig } from "../domain/csv-config.ts";
import type { ProfileId } from "../domain/ids.ts";
import { mergeSettings, type Profile, type ProfileSettings, type Reading } from "../domain/profile.ts";
import { Refusal } from "../domain/refusal.ts";
import { type Format, SAMPLE_BYTES } from "../formats/format.ts";
import { recordAudit } from "../store/audit.ts";
import { connectionConfig } from "../store/connections.ts";
import { askedFileOf, setReading, setSettings, type UnparsedFile } from "../store/files.ts";
import { moveJob } from "../store/jobs.ts";
import { holdLease } from "../store/lease.ts";
import { announce, raiseAlert } from "../store/outbox.ts";
import { findProfile, getProfile, type StoredProfile, saveProfile } from "../store/profiles.ts";
import { type ReadFailure, readHead } from "../store/raw.ts";
import type { Tx } from "../store/tenant.ts";
import { type JobAct, requireStage } from "./review.ts";
import type { StageWork } from "./stage.ts";

/** The profile that the parser takes; `asked`: the job waits for a person; `missing`, `changed`: the object is not what was received. A format that needs none gets `null`. */
export async function profileFor(
  work: StageWork,
  file: UnparsedFile,
  format: Format,
  connectionId: string,
): Promise<{ profile: Profile | null } | "asked" | ReadFailure> {
  if (format.read === undefined) return { profile: null };
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
  const bare = read(merged(said.chosen?.profile, said.connection, file.settings));
  if (bare === undefined) return { profile: null };
  const kept = said.chosen ?? (await work.door.tx((tx) => findProfile(tx, { format: format.id, signature: bare.signature })));
  const reading = said.chosen !== null || kept === null ? bare : (read(merged(kept.profile, said.connection, file.settings)) ?? bare);
  return land(work, file, { reading, kept });
}

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
      await moveJob(tx, { tenantId: work.tenantId, jobId: work.jobId, to: "needs_mapping", from: ["parsing"] });
      await raiseAlert(tx, work.tenantId, { event: "job_needs_reading", jobId: work.jobId });
      return "asked";
    }
    await setReading(tx, file.id, { reading: stored, profile, profileId: kept?.id ?? null });
    return { profile };
  });
}

export interface Answers {
  settings: ProfileSettings;
  /** The name under which the next files of this shape are read so; null: this file only. */
  remember: string | null;
}

/** A person says how the file is read; it is read on from there. 409 where nothing was asked. */
export async function answerReading(tx: Tx, act: JobAct, answers: Answers): Promise<void> {
  await requireStage(tx, act.jobId, ["needs_mapping"]);
  const file = await askedFileOf(tx, act.jobId);
  if (file === null) {
    throw new Refusal({
      status: 409,
      code: "nothing_asked",
      message: "This job's file is read already; only its accounts wait to be mapped. To read it otherwise, cancel it and read it anew.",
    });
  }
  const settings = file.settings === null ? answers.settings : mergeSettings(file.settings, answers.settings);
  await setSettings(tx, file.id, settings);
  const profileId = answers.remember === null ? null : await rememberAnswers(tx, act, { ...file, settings, name: answers.remember });
  await moveJob(tx, { tenantId: act.tenantId, jobId: act.jobId, to: "parsing", from: ["needs_mapping"], actor: act.actor });
  await announce(tx, act.tenantId, { type: "job.deposited", jobId: act.jobId });
  await recordAudit(tx, act.actor, {
    action: "reading.answered",
    subjectType: "job",
    subjectId: act.jobId,
    jobId: act.jobId,
    details: { signature: file.signature, profile_id: profileId },
  });
}

/** The answers on top of what is remembered of this shape become its next version. */
async function rememberAnswers(
  tx: Tx,
  act: JobAct,
  file: { format: string; signature: string; settings: ProfileSettings; name: string },
): Promise<ProfileId> {
  const before = await findProfile(tx, file);
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
