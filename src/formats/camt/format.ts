/** camt.052, 053 and 054 (ISO 20022) as one of the formats. */
import type { Format } from "../format.ts";
import { CamtParser, type CamtState } from "./parser.ts";
import { recognizesCamt } from "./recognize.ts";

export const camt: Format<CamtState> = {
  id: "xml",
  title: "camt.052, 053 and 054 (ISO 20022)",
  resumable: true,
  recognizes: (head) => recognizesCamt(head),
  open: (options, resume) => new CamtParser(options, resume),
};
