/** What the Worker knows of the providers, and the one way its connectors reach them. Holds no company's secret. */
import type { Env } from "../env.ts";
import { type HttpPolicy, httpFetch } from "../lib/http.ts";
import { Secret } from "../lib/secret.ts";
import type { ConnectorFetch, Platform } from "./connectors/connector.ts";

/** Bindings of client certificates are named like this (wrangler.toml, `mtls_certificates`). */
const CERTIFICATE_PREFIX = "MTLS_";

export function platformOf(env: Env): Platform {
  const { PLAID_CLIENT_ID: clientId, PLAID_SECRET: secret } = env;
  const webhookUrl = env.PUBLIC_URL === undefined ? null : new URL("/webhooks/plaid", env.PUBLIC_URL).href;
  return {
    plaid:
      clientId === undefined || secret === undefined
        ? null
        : { baseUrl: env.PLAID_BASE_URL ?? "https://production.plaid.com", clientId, secret: new Secret(secret), webhookUrl },
    stripe: { baseUrl: env.STRIPE_BASE_URL ?? "https://api.stripe.com" },
    certificates: Object.fromEntries(certificatesOf(env).map(([name, fetcher]) => [name, fetchOf(env, fetcher)])),
  };
}

/** The outgoing fetch of connectors; `through` a binding with a client certificate, else the platform's own. */
export function fetchOf(env: Env, through?: Fetcher): ConnectorFetch {
  const allowLoopback = env.ENVIRONMENT === "local" || env.ENVIRONMENT === "test";
  return (url, init = {}, limits = {}) => {
    const policy: HttpPolicy = { allowLoopback, redirects: "refuse", ...limits, ...(through === undefined ? {} : { through }) };
    return httpFetch(policy, url, init);
  };
}

function certificatesOf(env: Env): [string, Fetcher][] {
  return Object.entries(env).flatMap(([name, binding]: [string, unknown]) =>
    name.startsWith(CERTIFICATE_PREFIX) && isFetcher(binding) ? [[name, binding] satisfies [string, Fetcher]] : [],
  );
}

function isFetcher(binding: unknown): binding is Fetcher {
  return typeof binding === "object" && binding !== null && "fetch" in binding && typeof binding.fetch === "function";
}
