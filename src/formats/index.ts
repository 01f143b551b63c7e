/** The registry of formats, and the question whose a file is. Never opens a file by its name alone. */
import { archiveOf } from "./archive/format.ts";
import { bai2 } from "./bai2/format.ts";
import { camt } from "./camt/format.ts";
import { csv } from "./csv/format.ts";
import { custom } from "./custom/format.ts";
import type { Format, FormatId } from "./format.ts";
import { json } from "./json/format.ts";
import { mt940 } from "./mt940/format.ts";
import { ofx } from "./ofx/format.ts";
import { qif } from "./qif/format.ts";
import { type Recognition, recognizeAmong } from "./recognize.ts";
import { orUtf16 } from "./utf16.ts";
import { xlsx } from "./xlsx/format.ts";

/** What a file is in, by itself or inside an archive. */
const plain = {
  bai2: orUtf16(bai2),
  csv,
  json,
  custom,
  xml: orUtf16(camt),
  mt940: orUtf16(mt940),
  ofx: orUtf16(ofx),
  qif: orUtf16(qif),
  xlsx,
} satisfies Record<Exclude<FormatId, "archive">, Format>;

/** Every format by its id; a missing one does not compile. */
export const formats = { ...plain, archive: archiveOf(Object.values<Format>(plain)) } satisfies Record<FormatId, Format>;

export function formatOf(id: FormatId): Format {
  return formats[id];
}

/** Asks every format; the surest answers, with its evidence. `head` is the first `RECOGNIZE_BYTES`, or the whole of a smaller file. */
export function recognize(head: Uint8Array, fileName: string): Recognition {
  return recognizeAmong(Object.values<Format>(formats), head, fileName);
}
