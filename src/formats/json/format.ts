/** JSON, as the registry knows it: an array of movements, an object that holds one, or an object a line. */
import { isMovementLike } from "../csv/dialect.ts";
import type { Confidence, Format } from "../format.ts";
import { detectEncoding, markLength } from "../table/encoding.ts";
import { ChunkDecoder } from "../table/text.ts";
import { JsonParser, type JsonState } from "./parser.ts";
import { findPath, readJson, sampleElements } from "./read.ts";

export const json: Format<JsonState> = {
  id: "json",
  title: "JSON",
  resumable: true,
  recognizes: recognizesJson,
  read: readJson,
  open: ({ profile }, resume) => {
    if (profile === undefined) throw new Error("A JSON parser was opened without a profile: `read` makes one.");
    return new JsonParser(profile, resume);
  },
};

function recognizesJson(head: Uint8Array): Confidence {
  const { encoding } = detectEncoding(head);
  const text = new ChunkDecoder(encoding).push(head.subarray(markLength(head, encoding)));
  if (!/^\s*(?:\[\s*[[{\]]|\{\s*["}])/.test(text)) return { score: 0, because: "It does not begin like JSON." };
  const elements = sampleElements(text, findPath(text));
  const movements = elements.filter((leaves) => isMovementLike(leaves.map(([, value]) => value))).length;
  if (movements > 0) return { score: 0.9, because: `It is JSON with a date and a figure in ${movements} of its first ${elements.length} elements.` };
  return { score: 0.6, because: "It begins like JSON." };
}
