/** The Worker's doors: fetch, queue, scheduled. One line each; everything behind them lives in its own room. */
import type { Env } from "./env.ts";
import { answerPage } from "./routes/page.ts";

export default {
  fetch: (request, env) => (new URL(request.url).pathname === "/api/health" ? Response.json({ status: "ok" }) : answerPage(request, env.ASSETS)),
} satisfies ExportedHandler<Env>;
