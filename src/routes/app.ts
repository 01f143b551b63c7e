/** All routes behind one door: headers, who is asking, then the route. Knows no queue and sends no message. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { databaseAnswers } from "../store/health.ts";
import { accountRoutes } from "./accounts.ts";
import { alertRoutes } from "./alerts.ts";
import type { AppEnv } from "./app-env.ts";
import { auditRoutes } from "./audit.ts";
import { authRoutes } from "./auth.ts";
import { bankApiRoutes } from "./bank-apis.ts";
import { bodyCaps } from "./body-caps.ts";
import { channelRoutes } from "./channels.ts";
import { companyRoutes } from "./company.ts";
import { companySignInRoutes } from "./company-sign-in.ts";
import { connectionRunRoutes } from "./connection-runs.ts";
import { connectionRoutes } from "./connections.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { docsPage } from "./docs.ts";
import { emptyBody } from "./empty-body.ts";
import { exportRoutes } from "./export.ts";
import { fileRoutes } from "./files.ts";
import { headers } from "./headers.ts";
import { idempotency } from "./idempotency.ts";
import { jobRoutes } from "./jobs.ts";
import { mappingRoutes } from "./mappings.ts";
import { memberRoutes } from "./members.ts";
import { paymentRoutes } from "./payments.ts";
import { plaidRoutes } from "./plaid.ts";
import { principal } from "./principal.ts";
import { notFoundAnswer, onError } from "./problem.ts";
import { profileRoutes } from "./profiles.ts";
import { limitAddress, limitPrincipal } from "./rate-limit.ts";
import { readingRoutes } from "./readings.ts";
import { sessionRoutes } from "./sessions.ts";
import { tokenRoutes } from "./tokens.ts";
import { transactionRoutes } from "./transactions.ts";
import { uploadRoutes } from "./uploads.ts";
import { webhookRoutes } from "./webhooks.ts";

const base = new OpenAPIHono<AppEnv>();
base.onError(onError);
base.notFound(notFoundAnswer);
base.use(headers);
base.use(limitAddress);
base.use(emptyBody);
base.use(bodyCaps);
base.use("/api/*", principal);
base.use("/api/*", limitPrincipal);
base.use("/api/*", idempotency);

export const app = base
  .route("/", authRoutes)
  .route("/", companySignInRoutes)
  .route("/", sessionRoutes)
  .route("/", memberRoutes)
  .route("/", jobRoutes)
  .route("/", readingRoutes)
  .route("/", profileRoutes)
  .route("/", uploadRoutes)
  .route("/", connectionRunRoutes)
  .route("/", connectionRoutes)
  .route("/", plaidRoutes)
  .route("/", bankApiRoutes)
  .route("/", webhookRoutes)
  .route("/", mappingRoutes)
  .route("/", accountRoutes)
  .route("/", transactionRoutes)
  .route("/", paymentRoutes)
  .route("/", auditRoutes)
  .route("/", tokenRoutes)
  .route("/", fileRoutes)
  .route("/", deadLetterRoutes)
  .route("/", channelRoutes)
  .route("/", alertRoutes)
  .route("/", companyRoutes)
  .route("/", exportRoutes);

app.get("/api/health", async (c) => {
  const database = await databaseAnswers(c.env);
  return c.json({ status: database ? "ok" : "unavailable", database }, database ? 200 : 503);
});
app.get("/api/docs", docsPage);
app.doc31("/api/openapi.json", {
  openapi: "3.1.0",
  info: {
    title: "Stratifi data ingestion",
    version: "1",
    description: "Money is text of integer minor units with its currency; errors are RFC 9457 problems with a stable code.",
  },
});

/** For the dashboard's typed calls. */
export type App = typeof app;
