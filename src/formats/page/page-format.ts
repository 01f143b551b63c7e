/** What the formats of all providers' pages share: head line, whole answer as JSON with places, statements with their sums. Knows no provider's words. */
import { type PageFormatId, type PageHead, pageHeadSchema } from "../../domain/page.ts";
import type { Problem } from "../../domain/problem.ts";
import { problem } from "../../domain/problem.ts";
import type { StatementRecord } from "../../domain/record.ts";
import type { Format, Parser } from "../format.ts";
import { DEPTH_MAX } from "../json/scan.ts";
import { type JsonNode, readJson } from "./json-node.ts";
import { PageWriter } from "./page-writer.ts";

/** How one provider's answers become records. Reports what it cannot read by `writer.problem`; throws for nothing that an answer may hold. */
export interface PageReader {
  id: PageFormatId;
  title: string;
  read(page: { head: PageHead; body: JsonNode; writer: PageWriter }): void;
}

/** A page is read whole, and from its beginning after a stop: at most 32 MB, as a rule below one. */
export function pageFormat(reader: PageReader): Format<null, PageFormatId> {
  return {
    id: reader.id,
    title: reader.title,
    resumable: false,
    // Pages are named by who fetched them: no file is ever taken for one.
    recognizes: () => ({ score: 0, because: "it is no page of an API" }),
    open: () => new PageParser(reader),
  };
}

class PageParser implements Parser<null> {
  readonly #reader: PageReader;
  readonly #decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  #text = "";
  #bytes = 0;

  constructor(reader: PageReader) {
    this.#reader = reader;
  }

  push(chunk: Uint8Array): StatementRecord[] {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    this.#bytes += chunk.byteLength;
    return [];
  }

  end(): StatementRecord[] {
    const text = this.#text + this.#decoder.decode();
    const headEnd = text.indexOf("\n");
    const head = headOf(text.slice(0, Math.max(0, headEnd)), this.#reader.id);
    if (head === null) return refused(NO_HEAD);
    const bodyText = text.slice(headEnd + 1);
    const body = depthOf(bodyText) > DEPTH_MAX ? null : readJson(bodyText);
    if (body === null) return refused(NO_JSON);
    const writer = new PageWriter(text.slice(0, headEnd + 1), bodyText, head);
    this.#reader.read({ head, body, writer });
    return writer.finish();
  }

  checkpoint() {
    return { byteOffset: this.#bytes, state: null };
  }
}

function headOf(line: string, id: PageFormatId): PageHead | null {
  try {
    const head = pageHeadSchema.parse(JSON.parse(line));
    return head.provider === id ? head : null;
  } catch {
    return null;
  }
}

/** How deep the brackets nest; those in strings are not counted. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [mark] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/g)) {
    if (mark === "{" || mark === "[") depth += 1;
    else if (mark === "}" || mark === "]") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function refused(draft: Pick<Problem, "code" | "message" | "line">): StatementRecord[] {
  return [{ type: "problem", statement: null, problem: problem(draft) }];
}

const NO_HEAD = {
  code: "page_head_missing",
  line: 1,
  message: "The page does not begin with the line that says what was asked for. Fetch it again; nothing of it was read.",
};
const NO_JSON = {
  code: "page_not_json",
  line: 2,
  message:
    "The answer is no JSON, or nests deeper than is ever needed, so nothing of it was read. The provider may have answered with an error page; fetch again.",
};
