/** Access tokens of the company's provider as a way into the API: a program that acts for a person. Never takes an ID token, and never says what was wrong. */
import { errors, jwtVerify } from "jose";
import * as z from "zod";
import { idSchema, type TenantId } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import { errorFields, log } from "../lib/log.ts";
import type { Secret } from "../lib/secret.ts";
import { findMember, type RecognisedMember } from "../store/sign-in.ts";
import type { AppContext } from "./app-env.ts";
import { ALGORITHMS, CLOCK_TOLERANCE_SECONDS, discover, missingSettings, providerAway, providerKeys } from "./oidc-provider.ts";

/** Which of a person's companies a JWT speaks about. */
const TENANT_HEADER = "x-tenant-id";

/** Three parts of base64url: what a service token never is. */
export const looksLikeJwt = (text: string): boolean => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(text);

/** The member that the token speaks for; null for any token that does not hold, or whose subject belongs nowhere here. */
export async function memberOfJwt(c: AppContext, token: Secret<string>): Promise<RecognisedMember | null> {
  const audience = c.env.OIDC_AUDIENCE;
  if (audience === undefined || audience === "" || missingSettings(c.env).length > 0) return null;
  const subject = await subjectOf(c, token, audience);
  if (subject === null) return null;
  const wanted = idSchema<TenantId>()
    .nullable()
    .safeParse(c.req.header(TENANT_HEADER) ?? null);
  if (!wanted.success) throw badTenant();
  const { issuer } = await discover(c.env);
  return findMember(c.env, { issuer, subject, tenantId: wanted.data });
}

async function subjectOf(c: AppContext, token: Secret<string>, audience: string): Promise<string | null> {
  const { issuer } = await discover(c.env);
  try {
    const { payload } = await jwtVerify(token.reveal(), await providerKeys(c.env), {
      issuer,
      audience,
      algorithms: [...ALGORITHMS],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp", "sub"],
    });
    // An ID token says who signed in at a client, not what its holder may ask of us.
    if (payload["nonce"] !== undefined || payload["at_hash"] !== undefined) return null;
    return z.string().min(1).max(255).safeParse(payload.sub).data ?? null;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    if (error instanceof errors.JWKSTimeout) throw providerAway(error);
    if (error instanceof errors.JOSEError) return null;
    log("warn", "provider_unavailable", errorFields(error));
    throw providerAway(error);
  }
}

function badTenant(): Refusal {
  return new Refusal({ status: 400, code: "invalid_request", message: `The header ${TENANT_HEADER} must be a company's id, a uuid.` });
}
