/** The one piece of papaparse that is used: its bare parser, with a fixed dialect. It is "exposed for testing": the version is pinned. */
declare module "papaparse" {
  interface BareConfig {
    delimiter: string;
    newline: "\n" | "\r" | "\r\n";
    quoteChar: string;
    header: false;
    preview?: number;
  }
  interface BareResult {
    data: string[][];
    errors: { type: string; code: string; row: number; index: number }[];
    meta: { cursor: number; truncated: boolean };
  }
  class BareParser {
    constructor(config: BareConfig);
    parse(input: string, baseIndex: number, ignoreLastRow: boolean): BareResult;
  }
  const Papa: { Parser: typeof BareParser };
  export = Papa;
}
