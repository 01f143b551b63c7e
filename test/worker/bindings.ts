/** What `import { env } from "cloudflare:workers"` holds in the Worker's tests: the bindings of src/env.ts. Types only. */
/// <reference types="@cloudflare/vitest-plugin/types" />
import type { Env as WorkerEnv } from "../../src/env.ts";

declare global {
  namespace Cloudflare {
    interface Env extends WorkerEnv {}
  }
}
