/** .zip and .gz as one of the formats: holds any of the others. */
import type { Confidence, Format } from "../format.ts";
import { ArchiveParser, type ArchiveState } from "./parser.ts";
import { ArchiveSurvey } from "./survey.ts";
import { u16 } from "./unpacker.ts";
import { ENCRYPTED } from "./zip.ts";

/** `formats` are those that a member may be in; an archive is none of them. */
export const archiveOf = (formats: readonly Format[]): Format<ArchiveState> => ({
  id: "archive",
  title: ".zip and .gz archives",
  resumable: true,
  recognizes: (head) => recognizesArchive(head),
  survey: (settings) => new ArchiveSurvey(formats, settings),
  open: (options, resume) => new ArchiveParser(formats, options, resume),
});

/** By the first bytes. An Office workbook is a .zip, too: its own format answers for it. */
function recognizesArchive(head: Uint8Array): Confidence {
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return { score: 0.9, because: "It begins like a file packed with gzip." };
  const [p, k, three, four] = head;
  if (p !== 0x50 || k !== 0x4b || !((three === 3 && four === 4) || (three === 5 && four === 6))) {
    return { score: 0, because: "It begins neither like a .zip nor like a .gz." };
  }
  if (three === 5) return { score: 0.9, because: "It is an empty .zip.", refusal: EMPTY };
  if ((u16(head, 6) & 0x2041) !== 0) return { score: 0.9, because: "It is a .zip with a password.", refusal: ENCRYPTED };
  const names = String.fromCharCode(...head.subarray(0, 4096));
  if (/\[Content_Types\]\.xml|(?:^|[^\w])(?:xl|word|ppt|_rels)\//.test(names)) {
    return { score: 0.5, because: "It is an Office document.", refusal: OFFICE };
  }
  return { score: 0.9, because: "It begins like a .zip." };
}

const EMPTY = { code: "empty_file", message: "The archive is empty. Ask the bank to send it again." };
const OFFICE = { code: "office_file", message: "The file is an Office document that is not read here. Save the statement as CSV and upload that." };
