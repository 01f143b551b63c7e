/** MT940 and MT942 as one of the formats. */
import type { Format } from "../format.ts";
import { Mt940Parser, type Mt940State } from "./parser.ts";
import { recognizesMt940 } from "./recognize.ts";

export const mt940: Format<Mt940State> = {
  id: "mt940",
  title: "MT940 and MT942",
  resumable: true,
  recognizes: (head) => recognizesMt940(head),
  open: (options, resume) => new Mt940Parser(options, resume),
};
