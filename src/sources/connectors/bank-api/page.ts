/** An answer as the page that is deposited: what was asked and how it is to be read, then its text exactly as it came. Holds no header and no credential. */
import * as z from "zod";
import type { GoneRow, PageReading } from "../../../domain/bank-api/reading.ts";
import { pageHeadLine } from "../../../domain/page.ts";
import type { RawPage } from "../connector.ts";
import type { BankSession } from "./ask.ts";
import type { ChainAccount } from "./cursor.ts";

interface AnswerToKeep {
  session: BankSession;
  kind: PageReading["kind"];
  address: URL;
  account: ChainAccount | null;
  reading: PageReading["reading"];
  text: string;
  /** Of its kind within the account, from 0. */
  number: number;
  gone?: GoneRow[];
}

const contextSchema = z.record(z.string(), z.json());

export function pageOf({ session, kind, address, account, reading, text, number, gone = [] }: AnswerToKeep): RawPage {
  const head = pageHeadLine({
    provider: "bank_api",
    kind,
    fetched_at: session.now.toISOString(),
    request: `GET ${address.pathname}${address.search}`,
    account,
    // Through JSON, which leaves out what is not set.
    context: contextSchema.parse(JSON.parse(JSON.stringify({ reading, ...(gone.length === 0 ? {} : { gone }) }))),
  });
  return { sourceKey: kind, fileName: `${kind}-${String(number + 1).padStart(4, "0")}.json`, format: "bank_api", body: head + text };
}
