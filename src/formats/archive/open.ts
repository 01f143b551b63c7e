/** Which kind of archive a file is, and the unpacker of it. Reads no member. */
import { GzipUnpacker } from "./gzip.ts";
import type { Unpacker } from "./unpacker.ts";
import { ZipUnpacker } from "./zip.ts";

export type ArchiveKind = "zip" | "gzip";

/** 1,000 files: a bank's yearly archive has a statement a day and account. */
export const MEMBERS_MAX = 1_000;

/** By the first two bytes. */
export const kindOf = (head: Uint8Array): ArchiveKind => (head[0] === 0x1f && head[1] === 0x8b ? "gzip" : "zip");

export const newUnpacker = (kind: ArchiveKind, byteOffset: number): Unpacker =>
  kind === "gzip" ? new GzipUnpacker(byteOffset) : new ZipUnpacker(byteOffset);
