/** QIF as one of the formats. */
import { byteText } from "../encoding.ts";
import type { Format } from "../format.ts";
import { QifParser, type QifState } from "./parser.ts";
import { readQif } from "./read.ts";

export const qif: Format<QifState> = {
  id: "qif",
  title: "QIF",
  resumable: true,
  recognizes: (head) => {
    const header = /^(?:\u00ef\u00bb\u00bf)?\s*!(Type\s*:\s*[A-Za-z ]+|Account|Option\s*:|Clear\s*:)/i.exec(byteText(head.subarray(0, 4096)));
    if (header === null) return { score: 0, because: "It does not begin with a header of QIF (!Type:)." };
    return { score: 1, because: `It begins with a header of QIF (!${(header[1] ?? "").trim()}).` };
  },
  read: readQif,
  open: (options, resume) => new QifParser(options, resume),
};
