/** BAI2 as one of the formats. */
import type { Format } from "../format.ts";
import { Bai2Parser, type Bai2State } from "./parser.ts";
import { recognizesBai2 } from "./recognize.ts";

export const bai2: Format<Bai2State> = {
  id: "bai2",
  title: "BAI2 and BTRS",
  resumable: true,
  recognizes: (head) => recognizesBai2(head),
  open: (options, resume) => new Bai2Parser(options, resume),
};
