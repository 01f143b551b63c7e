/** The Worker's doors: fetch, queue, scheduled. One line each; everything behind them lives in its own room. */
import type { Env } from "./env.ts";

export default {
  fetch: (_request, _env) => Response.json({ status: "ok" }),
} satisfies ExportedHandler<Env>;
