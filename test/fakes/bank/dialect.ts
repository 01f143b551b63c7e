/** What the three dialects have in common: faults that a test orders, requests that are counted, violations that are noted. */
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Context } from "hono";
import type { TruthRow, World } from "./world.ts";

export type BankContext = Context<{ Bindings: HttpBindings }>;

export const DIALECTS = ["mercury", "paypal", "berlin"] as const;
export type DialectName = (typeof DIALECTS)[number];

/** What goes wrong with the next answers to requests whose path holds `path`. */
export type Fault = { path?: string; times?: number } & (
  | { kind: "rate_limited"; headers?: Record<string, string> }
  | { kind: "status"; status: 400 | 401 | 403 | 404 | 410 | 500 | 502 | 503; body?: unknown }
  | { kind: "slow"; ms: number }
  | { kind: "cut" | "not_json" | "html" }
  /** The answer is made, and then changed: a link elsewhere, a repeated cursor, a word that nobody mapped. */
  | { kind: "changed"; change: (answer: string) => string }
  /** Something happens at the bank while its pages are read. */
  | { kind: "meanwhile"; happens: (world: World) => void }
);

/** Violations that an answer or a request has of the vendor's own schema; empty: none. */
export type SchemaCheck = (operation: string, answer: unknown) => string[];

export interface Dialect {
  name: DialectName;
  world: World;
  /** Requests and answers that the vendor would not have made. */
  violations: string[];
  /** `GET /path?query` of every request, without headers. */
  requests: string[];
  fail(fault: Fault): void;
  /** Forgets every fault that was ordered. */
  mend(): void;
  /** What the books must hold now, and nothing else. */
  truth(): TruthRow[];
  /** Answers are checked by it as well, where the vendor's schema is at hand. */
  checkBy(check: SchemaCheck): void;
}

export class DialectState {
  readonly violations: string[] = [];
  readonly requests: string[] = [];
  readonly world: World;
  readonly #name: string;
  readonly #faults: Fault[] = [];
  #check: SchemaCheck = () => [];

  constructor(name: string, world: World) {
    this.#name = name;
    this.world = world;
  }

  fail(fault: Fault): void {
    this.#faults.push({ times: 1, ...fault });
  }

  mend(): void {
    this.#faults.length = 0;
  }

  checkBy(check: SchemaCheck): void {
    this.#check = check;
  }

  violate(what: string): void {
    this.violations.push(`${this.#name}: ${what}`);
  }

  /** Query parameters that the vendor does not know, or lacks. */
  parameters(context: BankContext, { known, needed = [] }: { known: readonly string[]; needed?: readonly string[] }): void {
    const given = Object.keys(context.req.query());
    for (const name of given) if (!known.includes(name)) this.violate(`${context.req.path} knows no parameter ${name}`);
    for (const name of needed) if (!given.includes(name)) this.violate(`${context.req.path} needs ${name}`);
  }

  /** Notes the request; then the fault that was ordered for it, or what `make` answers. */
  async answer(context: BankContext, operation: string, make: () => unknown): Promise<Response> {
    const { pathname, search } = new URL(context.req.url);
    this.requests.push(`${context.req.method} ${pathname}${search}`);
    const fault = this.#next(pathname);
    if (fault?.kind === "meanwhile") fault.happens(this.world);
    if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
    const failed = fault === null ? null : failedBy(fault, context);
    if (failed !== null) return failed;
    const made = make();
    if (made instanceof Response) return made;
    for (const violation of this.#check(operation, made)) this.violate(`${operation}: ${violation}`);
    const text = JSON.stringify(made);
    if (fault?.kind === "cut") return cutOff(context, text);
    return context.body(fault?.kind === "changed" ? fault.change(text) : text, 200, { "content-type": "application/json" });
  }

  #next(path: string): Fault | null {
    const at = this.#faults.findIndex((fault) => path.includes(fault.path ?? ""));
    const fault = this.#faults[at];
    if (fault === undefined) return null;
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) this.#faults.splice(at, 1);
    return fault;
  }
}

function failedBy(fault: Fault, context: BankContext): Response | null {
  if (fault.kind === "rate_limited") return context.json({ error: { code: "too_many_requests" } }, 429, fault.headers ?? {});
  if (fault.kind === "status") return context.json(fault.body ?? { error: "made to fail" }, fault.status, { "x-request-id": "req-42" });
  if (fault.kind === "not_json") return context.body('{"transactions": [', 200, { "content-type": "application/json" });
  if (fault.kind === "html") return context.html("<h1>Maintenance</h1>");
  return null;
}

/** Half of the body, and then the connection breaks. */
function cutOff(context: BankContext, text: string): Response {
  const { outgoing } = context.env;
  outgoing.writeHead(200, { "content-type": "application/json", "content-length": String(text.length) });
  outgoing.write(text.slice(0, Math.floor(text.length / 2)), () => outgoing.destroy());
  return RESPONSE_ALREADY_SENT;
}
