/** What the set-ups of a test run hand to its tests: `inject("db")` and, where the whole stack runs, `inject("app")`. Types only. */
import type { TestProvider } from "../fakes/oidc-provider.ts";

export interface TestDatabase {
  /** As the Worker's role: behind row security. */
  url: string;
  /** As the owner: sees everything. */
  adminUrl: string;
  /** `host:port/path` of the bridge. */
  wsProxy: string;
}

export interface TestApp {
  /** The whole stack, with the demo tenant and the local sign-in. */
  address: string;
  /** Of the demo tenant: `Authorization: Bearer …`. */
  serviceToken: string;
  /** Of its own database, as the owner. */
  adminUrl: string;
}

/** The stand-in for Plaid (test/fakes/plaid). */
export interface TestPlaid {
  url: string;
  clientId: string;
  secret: string;
}

declare module "vitest" {
  interface ProvidedContext {
    db: TestDatabase;
    oidc: TestProvider;
    plaid: TestPlaid;
    app: TestApp;
    /** The browser's program, or null where none is installed. */
    chromium: string | null;
  }
}
