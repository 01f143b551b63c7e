/** Tells from a file's head whether it is OFX, by its header or tags. Never by its name. */
import { byteText } from "../encoding.ts";
import type { Confidence } from "../format.ts";

export function recognizesOfx(head: Uint8Array): Confidence {
  const text = byteText(head);
  const generation = /^(?:\u00ef\u00bb\u00bf)?\s*OFXHEADER\s*:/.test(text)
    ? "1 (SGML)"
    : /^(?:\u00ef\u00bb\u00bf)?\s*<[?!][\s\S]*<\?OFX\s/.test(text) || /^\s*<\?OFX\s/.test(text)
      ? "2 (XML)"
      : null;
  const hasTag = /<OFX>/i.test(text);
  if (/^(?:\u00ef\u00bb\u00bf)?\s*<[?!]/.test(text) && /<!DOCTYPE/i.test(text) && hasTag) {
    return {
      score: 0.9,
      because: "It is OFX with a document type.",
      refusal: {
        code: "xml_doctype",
        message: "The file declares a document type (DOCTYPE). No bank's OFX does, and attacks do, so it is not read. Ask the bank for a plain file.",
      },
    };
  }
  if (generation !== null) return { score: hasTag ? 1 : 0.9, because: `It begins with the header of OFX ${generation}.` };
  if (hasTag && /^(?:\u00ef\u00bb\u00bf)?\s*</.test(text)) return { score: 0.9, because: "It begins with the tag <OFX>." };
  return { score: 0, because: "It has neither a header nor the tag of OFX." };
}
