/** The Worker's doors: fetch, queue, scheduled. One line each; everything behind them lives in its own room. */
import { tick } from "./cron.ts";
import { checkEnv, type Env } from "./env.ts";
import { consume, sendOutbox } from "./queue.ts";
import { app } from "./routes/app.ts";
import { answerPage } from "./routes/page.ts";

export default {
  fetch: (request, env, ctx) => (isOurs(request) ? answer(request, checkEnv(env), ctx) : answerPage(request, env.ASSETS)),
  queue: (batch, env) => consume(batch, checkEnv(env)),
  scheduled: (_controller, env) => tick(checkEnv(env)),
} satisfies ExportedHandler<Env>;

const isOurs = (request: Request) => /^\/(api|auth|webhooks)(\/|$)/.test(new URL(request.url).pathname);

/** What a request announced goes out behind its answer, so that nobody waits for the queue. */
async function answer(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const response = await app.fetch(request, env, ctx);
  if (request.method !== "GET" && request.method !== "HEAD" && response.ok) ctx.waitUntil(sendOutbox(env));
  return response;
}
