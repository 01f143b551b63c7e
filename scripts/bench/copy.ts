/** `\copy`, the yardstick of everything that ends in the database: rows out of a table as text, and the same rows in again. Speaks COPY through pg's own protocol. */
import type pg from "pg";

/** What of pg's connection COPY needs; its types leave it out. */
interface CopyConnection {
  query: (text: string) => void;
  sendCopyFromChunk: (chunk: Buffer) => void;
  endCopyFrom: () => void;
}

/** A query object as pg's client calls it, one method a message. */
class Copy {
  readonly received: Buffer[] = [];
  readonly #text: string;
  readonly #rows: readonly Buffer[];
  readonly #onEnd: (error: Error | null) => void;

  constructor(text: string, rows: readonly Buffer[], onEnd: (error: Error | null) => void) {
    this.#text = text;
    this.#rows = rows;
    this.#onEnd = onEnd;
  }

  submit(connection: unknown): void {
    asCopyConnection(connection).query(this.#text);
  }

  handleCopyInResponse(connection: unknown): void {
    const copy = asCopyConnection(connection);
    for (const chunk of this.#rows) copy.sendCopyFromChunk(chunk);
    copy.endCopyFrom();
  }

  handleCopyData(message: { chunk: Buffer }): void {
    this.received.push(Buffer.from(message.chunk));
  }

  handleCommandComplete(): void {
    // The end is told by ReadyForQuery, after the transaction has ended.
  }

  handleReadyForQuery(): void {
    this.#onEnd(null);
  }

  handleError(error: Error): void {
    this.#onEnd(error);
  }
}

/** The rows of a query as COPY writes them, in pieces of about a megabyte. */
export async function copyOut(client: pg.Client, query: string): Promise<Buffer[]> {
  const copy = await run(client, `copy (${query}) to stdout`, []);
  const all = Buffer.concat(copy.received);
  const pieces: Buffer[] = [];
  for (let at = 0; at < all.length; at += PIECE_BYTES) pieces.push(all.subarray(at, at + PIECE_BYTES));
  return pieces;
}

/** The rows into the table, in one transaction; milliseconds by the clock. */
export async function copyIn(client: pg.Client, table: string, rows: readonly Buffer[]): Promise<number> {
  const startedAt = performance.now();
  await run(client, `copy ${table} from stdin`, rows);
  return performance.now() - startedAt;
}

const PIECE_BYTES = 64 * 1024;

function run(client: pg.Client, text: string, rows: readonly Buffer[]): Promise<Copy> {
  return new Promise((resolve, reject) => {
    const copy: Copy = new Copy(text, rows, (error) => (error === null ? resolve(copy) : reject(error)));
    client.query(copy);
  });
}

/** Safe: pg hands its own connection to the query's methods, and these three are what pg-copy-streams uses of it as well. */
function asCopyConnection(connection: unknown): CopyConnection {
  return connection as CopyConnection;
}
