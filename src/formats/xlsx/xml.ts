/** One pass over a part of a workbook: elements, their attributes and texts. A document type and damaged XML are refused; nothing is kept but what the caller keeps. */
import { SaxesParser } from "saxes";

export interface XmlHandler {
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close(name: string): void;
  text(text: string): void;
}

/** A workbook that cannot be read, with its code and sentence. Thrown inside src/formats/xlsx only, and caught there. */
export class WorkbookError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Names come without their prefix. */
export function readXml(bytes: Uint8Array, handler: XmlHandler): void {
  const parser = new SaxesParser({ xmlns: false, defaultXMLVersion: "1.0", forceXMLVersion: true });
  parser.on("error", (error) => {
    throw new WorkbookError(
      "bad_workbook",
      `The workbook's XML is damaged (${error.message.slice(0, 80)}). Save it again in Excel, and upload that.`,
    );
  });
  parser.on("doctype", () => {
    throw new WorkbookError("xml_doctype", "The workbook holds a document type, which no spreadsheet has: it is refused.");
  });
  parser.on("opentag", ({ name, attributes }) => handler.open(local(name), attributes));
  parser.on("closetag", ({ name }) => handler.close(local(name)));
  parser.on("text", (text) => handler.text(text));
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) parser.write(decoder.decode(bytes.subarray(at, at + PIECE_BYTES), { stream: true }));
  parser.write(decoder.decode());
  parser.close();
}

const PIECE_BYTES = 256 * 1024;

const local = (name: string): string => name.slice(name.indexOf(":") + 1);
