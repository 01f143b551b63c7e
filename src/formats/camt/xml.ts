/** A saxes parser that says what a statement's reader needs, and refuses damage and document types in words for people. Expands no entity, reads no file. */
import { SaxesParser } from "saxes";

export interface XmlListener {
  refused(found: { code: string; message: string }): void;
  /** The document names its encoding. */
  declared(encoding: string): void;
  /** A tag's name is read; the tag is not whole. */
  begins(name: string): void;
  opens(name: string, currency: string | null): void;
  closes(name: string): void;
  text(text: string): void;
}

/** `isHeard`: what the parser says now is meant for the listener. */
export function newXmlParser(isHeard: () => boolean, listener: XmlListener): SaxesParser {
  const parser = new SaxesParser({ xmlns: false, position: true, defaultXMLVersion: "1.0", forceXMLVersion: true });
  parser.on("error", (error) => {
    if (!isHeard()) return;
    listener.refused({
      code: "bad_xml",
      message: `The XML is damaged (${sayError(error.message)}). What stands before is read; ask the bank to send the file again.`,
    });
  });
  parser.on("doctype", () => {
    if (!isHeard()) return;
    listener.refused({
      code: "xml_doctype",
      message:
        "The XML declares a document type (DOCTYPE). No bank's statement does, and attacks do: nothing after it was read. Ask the bank for a plain file.",
    });
  });
  parser.on("xmldecl", ({ encoding }) => {
    if (isHeard() && encoding !== undefined) listener.declared(encoding.slice(0, 40));
  });
  parser.on("opentagstart", ({ name }) => {
    if (isHeard()) listener.begins(name);
  });
  parser.on("opentag", ({ name, attributes }) => {
    if (isHeard()) listener.opens(name, currencyOf(attributes));
  });
  parser.on("closetag", ({ name }) => {
    if (isHeard()) listener.closes(name);
  });
  const addText = (text: string): void => {
    if (isHeard()) listener.text(text);
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  return parser;
}

function currencyOf(attributes: Record<string, unknown>): string | null {
  const currency = attributes["Ccy"];
  return typeof currency === "string" ? currency.trim() : null;
}

/** The parser's word without the file's own text, which may be an account number. */
const sayError = (message: string): string =>
  message
    .replace(/^\d+:\d+: /, "")
    .replace(/[:"'].*$/s, "")
    .replace(/\.$/, "")
    .slice(0, 60);
