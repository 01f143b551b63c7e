/** The routes of this room behind the real middleware, asked in process. */
import { env } from "cloudflare:workers";
import { OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import type { Env } from "../../../src/env.ts";
import type { AppEnv } from "../../../src/routes/app-env.ts";
import { auditRoutes } from "../../../src/routes/audit.ts";
import { authRoutes } from "../../../src/routes/auth.ts";
import { companySignInRoutes } from "../../../src/routes/company-sign-in.ts";
import { headers } from "../../../src/routes/headers.ts";
import { memberRoutes } from "../../../src/routes/members.ts";
import { principal } from "../../../src/routes/principal.ts";
import { notFoundAnswer, onError } from "../../../src/routes/problem.ts";
import { sessionRoutes } from "../../../src/routes/sessions.ts";
import { tokenRoutes } from "../../../src/routes/tokens.ts";

export const HERE = "http://127.0.0.1:8787";

export function doorApp(): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>();
  app.onError(onError);
  app.notFound(notFoundAnswer);
  app.use(headers);
  app.use("/api/*", principal);
  app.route("/", authRoutes);
  app.route("/", companySignInRoutes);
  app.route("/", sessionRoutes);
  app.route("/", memberRoutes);
  app.route("/", tokenRoutes);
  app.route("/", auditRoutes);
  return app;
}

const app = doorApp();

export interface Asked {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** Asks the door; `settings` stand in for the environment's own. */
export async function ask(path: string, init: RequestInit = {}, settings: Partial<Env> = {}): Promise<Asked> {
  const url = path.startsWith("http") ? path : HERE + path;
  const response = await app.fetch(new Request(url, init), { ...env, ...settings });
  const text = await response.text();
  const body = text === "" ? {} : z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  return { status: response.status, headers: response.headers, body };
}

export function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } };
}

/** Signs the person in; the value for a `cookie` header. */
export async function signIn(email: string): Promise<string> {
  const answer = await ask("/auth/local", post({ email }));
  if (answer.status !== 200) throw new Error(`The sign-in answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return cookieOf(answer);
}

export function cookieOf(answer: Asked): string {
  return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}
