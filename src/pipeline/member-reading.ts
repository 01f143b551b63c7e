/** How the files in an archive that need a reading are read: by what the company keeps of their shapes, else by what they prove; what is open is asked once a shape. */
import { settingsOfCsvConfig } from "../domain/csv-config.ts";
import type { ProfileId } from "../domain/ids.ts";
import { mergeSettings, type ProfileSettings } from "../domain/profile.ts";
import type { StoredMembers, StoredReading, StoredShape } from "../domain/stored.ts";
import type { Format, MemberSettings, MemberShape } from "../formats/format.ts";
import { connectionConfig } from "../store/connections.ts";
import { setReading, type UnparsedFile } from "../store/files.ts";
import { holdLease } from "../store/lease.ts";
import { currentProfiles, getProfile, type StoredProfile } from "../store/profiles.ts";
import { type ReadFailure, readFrom } from "../store/raw.ts";
import type { StageWork } from "../store/stage.ts";
import { askPerson } from "./ask.ts";

/** What the parser is given; `asked`: the job waits for a person; else the object is not what was received. */
export async function membersFor(
  work: StageWork,
  file: UnparsedFile,
  format: Format,
  connectionId: string,
): Promise<{ members: MemberSettings } | "asked" | ReadFailure> {
  const pinned = file.members?.pinned ?? null;
  if (pinned !== null) return { members: pinned };
  const said = file.members?.said ?? {};
  const known = await knownOf(work, file, connectionId);
  const settings = settingsFor({ known, said, file });
  const shapes = await walk(work, file, format, settings);
  if (typeof shapes === "string") return shapes;
  // Every file in it says itself what it means: there is nothing to keep.
  if (shapes.length === 0) return { members: {} };
  return land(work, file, { shapes, known, said, settings });
}

/** What holds for a company, before a person says anything of this very archive. */
interface Known {
  kept: Map<string, StoredProfile>;
  csv: ProfileSettings | null;
}

function knownOf(work: StageWork, file: UnparsedFile, connectionId: string): Promise<Known> {
  return work.door.tx(async (tx) => {
    const kept = await currentProfiles(tx);
    const chosen = file.profile_id === null ? null : await getProfile(tx, file.profile_id);
    if (chosen !== null) kept.set(chosen.signature, chosen);
    const { csv_config: config } = await connectionConfig(tx, connectionId);
    return { kept, csv: config === undefined ? null : settingsOfCsvConfig(config).settings };
  });
}

/** What is said last holds: the remembered profile, the connection's own settings, what a person said of this very archive. */
function settingsFor({
  known: { kept, csv },
  said,
  file,
}: {
  known: Known;
  said: Record<string, ProfileSettings>;
  file: UnparsedFile;
}): MemberSettings {
  const signatures = new Set([...kept.keys(), ...Object.keys(said)]);
  const bySignature = Object.fromEntries(
    [...signatures].map((signature) => {
      const given = [kept.get(signature)?.profile, signature.startsWith("csv:") ? csv : null, said[signature]];
      return [signature, given.filter((one) => one !== null && one !== undefined).reduce<ProfileSettings>(mergeSettings, {})] as const;
    }),
  );
  return { bySignature, ...(csv === null ? {} : { byKind: { csv } }), ...(file.settings === null ? {} : { fitting: file.settings }) };
}

async function walk(work: StageWork, file: UnparsedFile, format: Format, settings: MemberSettings): Promise<MemberShape[] | ReadFailure> {
  const survey = format.survey?.(settings);
  if (survey === undefined) return [];
  const bytes = readFrom(work.env, { key: file.r2_key, etag: file.etag, sizeBytes: file.size_bytes, offset: 0 });
  for (let chunk = await bytes.next(); ; chunk = await bytes.next()) {
    if (chunk.done) return chunk.value ?? survey.end();
    survey.push(chunk.value);
    if (!survey.isDone) continue;
    await bytes.return(null);
    return survey.end();
  }
}

interface Found {
  shapes: MemberShape[];
  known: Known;
  said: Record<string, ProfileSettings>;
  settings: MemberSettings;
}

/** Pins what the files are read by, or puts the questions of the first open shape to a person, in one transaction. */
function land(work: StageWork, file: UnparsedFile, found: Found): Promise<{ members: MemberSettings } | "asked"> {
  const { shapes, known, said, settings } = found;
  // As of a file by itself: a remembered profile that no longer fits is open until a person has said something of this shape.
  const isOpen = ({ reading: { questions, changed, signature } }: MemberShape): boolean =>
    questions.length > 0 || (changed.length > 0 && said[signature] === undefined && file.settings === null);
  const stored = shapes.map((shape) => storedShape(shape, known.kept.get(shape.reading.signature) ?? null, isOpen(shape)));
  const asked = stored.find(({ profile }) => profile === null);
  const shown = asked ?? stored[0];
  if (shown === undefined) throw new Error("An archive with shapes has a first one.");
  const { signature, inference, questions, changed } = shown;
  const reading: StoredReading = { signature, inference, questions, changed, members: stored };
  return work.door.tx(async (tx) => {
    await holdLease(tx, work.lease);
    if (asked !== undefined) {
      await setReading(tx, file.id, { reading, profile: null, profileId: file.profile_id, members: { said, pinned: null } });
      await askPerson(tx, work);
      return "asked";
    }
    const pinned = pinnedOf(settings, shapes);
    await setReading(tx, file.id, { reading, profile: shown.profile, profileId: shown.profile_id ?? file.profile_id, members: { said, pinned } });
    return { members: pinned };
  });
}

function storedShape({ format, members, count, reading }: MemberShape, kept: StoredProfile | null, isOpen: boolean): StoredShape {
  const { signature, inference, questions, changed, profile } = reading;
  const profileId: ProfileId | null = kept?.id ?? null;
  return {
    format,
    signature,
    files: members,
    file_count: count,
    inference,
    questions,
    changed,
    profile: isOpen ? null : profile,
    profile_id: profileId,
    profile_name: kept?.name ?? null,
    profile_version: kept?.version ?? null,
  };
}

/** Of the shapes that are there, with what one file proves for the others. */
function pinnedOf(settings: MemberSettings, shapes: readonly MemberShape[]): NonNullable<StoredMembers["pinned"]> {
  const bySignature = shapes.flatMap(({ reading: { signature }, proved }) => {
    const given = [settings.bySignature?.[signature], proved].filter((one) => one !== null && one !== undefined);
    return given.length === 0 ? [] : [[signature, given.reduce(mergeSettings)] as const];
  });
  return { ...settings, bySignature: Object.fromEntries(bySignature) };
}
