/** camt.052, 053 and 054: bytes in, records out, in file order, with a state small enough to keep. Never holds more than one entry's part, never throws for bad input. */
import type { StatementRecord } from "../../domain/record.ts";
import { Findings } from "../findings.ts";
import type { Checkpoint, ParseOptions, Parser } from "../format.ts";
import { addUp } from "../tally.ts";
import { readEntry } from "./entry.ts";
import type { XmlNode } from "./node.ts";
import { addPart, noParts } from "./part.ts";
import { type NodePlace, type NodeSink, type ReaderState, startOfXml, XmlReader } from "./reader.ts";
import {
  type CamtContext,
  closeStatement,
  openStatement,
  readAccount,
  readBalance,
  readCreated,
  readPeriod,
  readSummary,
  startContext,
  startStatement,
} from "./statement.ts";

export interface CamtState {
  reader: ReaderState;
  context: CamtContext;
}

export class CamtParser implements Parser<CamtState>, NodeSink {
  readonly #context: CamtContext;
  readonly #findings: Findings;
  readonly #reader: XmlReader;
  /** The parts of the entry that is being read; it begins anew after a stop. */
  #parts = noParts();

  constructor({ isUtf8 = false }: ParseOptions, resume?: Checkpoint<CamtState>) {
    this.#context = resume === undefined ? startContext() : structuredClone(resume.state.context);
    this.#findings = new Findings(this.#context.problemCount);
    this.#reader = new XmlReader({ byteOffset: resume?.byteOffset ?? 0, state: resume?.state.reader ?? startOfXml(), isUtf8, sink: this });
  }

  push(chunk: Uint8Array): StatementRecord[] {
    this.#reader.push(chunk);
    return this.#findings.takeOut();
  }

  end(): StatementRecord[] {
    const context = this.#context;
    if (this.#reader.isOpen) {
      this.#reader.refuse({
        code: "truncated_file",
        message: "The file ends in the midst of its XML, so that entries may be missing. Ask the bank to send it again.",
      });
    }
    closeStatement(context, this.#findings, "The file is not whole.");
    if (!context.hasStatement && this.#findings.problemCount === 0) {
      this.#findings.report(null, {
        code: "no_statement",
        expected: "camt.052, camt.053 or camt.054",
        message: context.hasMessage
          ? "The message has no statement in it, so that nothing was read. If there were movements, ask the bank for the statement."
          : "The XML is no statement of ISO 20022 (camt.052, 053 or 054). Ask the bank for camt.053, MT940, BAI2, OFX or CSV.",
      });
    }
    return this.#findings.takeOut();
  }

  /** From the end of the last record that was given out whole. */
  checkpoint(): Checkpoint<CamtState> {
    const context = structuredClone({ ...this.#context, problemCount: this.#findings.problemCount });
    return { byteOffset: this.#reader.byteOffset, state: { reader: this.#reader.state, context } };
  }

  opens(name: string, place: { line: number; byteOffset: number }): void {
    const context = this.#context;
    if (!name.startsWith("BkToCstmr")) {
      openStatement(context, place);
      return;
    }
    context.hasMessage = true;
    context.message = name.startsWith("BkToCstmrStmt") ? "053" : name.startsWith("BkToCstmrAcctRpt") ? "052" : "054";
  }

  closes(name: string): void {
    if (!name.startsWith("BkToCstmr")) closeStatement(this.#context, this.#findings, null);
  }

  part(node: XmlNode): void {
    addPart(this.#parts, node);
  }

  node(node: XmlNode, place: NodePlace, raw: string): void {
    const context = this.#context;
    const { statement } = context;
    const parts = this.#parts;
    this.#parts = noParts();
    if (statement === null) return;
    statement.lineEnd = place.lineEnd;
    statement.byteEnd = place.byteEnd;
    if (node.name === "Acct") readAccount(statement, node);
    else if (node.name === "CreDtTm") readCreated(statement, node);
    else if (node.name === "FrToDt") readPeriod(statement, node);
    else if (node.name === "Bal") readBalance(context, this.#findings, { node, place });
    else if (node.name === "TxsSummry" || node.name === "Ntry") {
      if (node.name === "Ntry") statement.currency ??= currencyOf(node);
      const tally = startStatement(context, this.#findings);
      if (tally === null) return;
      if (node.name === "TxsSummry") readSummary(tally, node);
      else this.#readEntry({ statement, tally, node, parts, place, raw });
    }
  }

  #readEntry(entry: Parameters<typeof readEntry>[1]): void {
    const transaction = readEntry(this.#findings, entry);
    if (transaction === null || transaction.isPending) entry.statement.hasUnbooked = true;
    if (transaction === null) return;
    this.#findings.out.push(transaction);
    if (!transaction.isPending) addUp(entry.tally, transaction);
  }

  refused({ code, line, message, expected }: { code: string; line: number; message: string; expected: string | null }): void {
    this.#findings.report(this.#context.statement?.tally?.ordinal ?? null, { code, line, message, expected });
  }
}

const currencyOf = (entry: XmlNode): string | null => {
  const currency = entry.children.find(({ name }) => name === "Amt")?.currency ?? null;
  return currency !== null && /^[A-Z]{3}$/.test(currency) ? currency : null;
};
