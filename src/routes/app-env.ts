/** What every route can rely on in its context: the bindings, and who is asking. Types only. */
import type { Context } from "hono";
import type { Actor, Principal } from "../domain/actor.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Env } from "../env.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    /** In the answer's `x-request-id`, in every problem and in every log line. Set by `headers`. */
    requestId: string;
    /** Set by `principal`; a route behind `permit` always has these three. */
    tenantId: TenantId;
    principal: Principal;
    actor: Actor;
  };
}

export type AppContext = Context<AppEnv>;
