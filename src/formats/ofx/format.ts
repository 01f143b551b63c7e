/** OFX and QFX as one of the formats. */
import type { Format } from "../format.ts";
import { OfxParser, type OfxState } from "./parser.ts";
import { recognizesOfx } from "./recognize.ts";

export const ofx: Format<OfxState> = {
  id: "ofx",
  title: "OFX and QFX",
  resumable: true,
  recognizes: (head) => recognizesOfx(head),
  open: (options, resume) => new OfxParser(options, resume),
};
