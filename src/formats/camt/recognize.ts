/** Tells from a file's head whether it is camt.052, 053 or 054, by its elements. Never by its name. */

import { byteText } from "../encoding.ts";
import type { Confidence } from "../format.ts";

const MESSAGES: Readonly<Record<string, string>> = { Stmt: "camt.053", AcctRpt: "camt.052", DbtCdtNtfctn: "camt.054" };

/** Certain with the message's element; a DOCTYPE is refused before anything is read. Other XML is not ours. */
export function recognizesCamt(head: Uint8Array): Confidence {
  const text = byteText(head);
  if (!/^(?:\u00ef\u00bb\u00bf)?\s*<[?!A-Za-z]/.test(text)) return { score: 0, because: "It is no XML." };
  const message = /<(?:[\w.-]+:)?BkToCstmr(Stmt|AcctRpt|DbtCdtNtfctn)(?:V\d\d)?[\s/>]/.exec(text);
  const name = MESSAGES[message?.[1] ?? ""];
  const version = /camt\.05[234]\.001\.\d\d/.exec(text)?.[0];
  const isOurs = name !== undefined || version !== undefined;
  if (/<!DOCTYPE(?!\s+html)/i.test(text) && (isOurs || /<!ENTITY/i.test(text))) {
    return {
      score: isOurs ? 1 : 0.6,
      because: "It is XML with a document type.",
      refusal: {
        code: "xml_doctype",
        message:
          "The XML declares a document type (DOCTYPE). No bank's statement does, and attacks do, so it is not read. Ask the bank for a plain file.",
      },
    };
  }
  if (name !== undefined) return { score: 1, because: `It is XML with the message of ${version ?? name}.` };
  if (version !== undefined) return { score: 0.7, because: `It is XML that names ${version}.` };
  return { score: 0, because: "It is XML, but no camt.052, 053 or 054." };
}
