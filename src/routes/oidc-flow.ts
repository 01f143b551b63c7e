/** One sign-in on its way to the provider and back: PKCE, state, nonce, and who the provider says came. Decides nothing about who may enter. */
import { EncryptJWT, errors, jwtDecrypt, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import * as z from "zod";
import { type InvitationId, idSchema } from "../domain/ids.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Env } from "../env.ts";
import { derivedKey, fromBase64 } from "../lib/crypto.ts";
import { errorFields, log } from "../lib/log.ts";
import { ALGORITHMS, CLOCK_TOLERANCE_SECONDS, discover, providerAway, providerKeys, providerSettings, throughHttp } from "./oidc-provider.ts";

/** Ten minutes to type a password and find one's second factor. */
export const FLOW_SECONDS = 600;
const SCOPE = "openid email profile";
const PURPOSE = "stratifi-ingestion: sign-in on its way";

const flowSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  next: z.string(),
  invitation: idSchema<InvitationId>().nullable(),
});
/** What only the browser that began may bring back. */
export type Flow = z.infer<typeof flowSchema>;

/** Who came, as the provider vouches for it. */
export interface Identity {
  issuer: string;
  subject: string;
  /** Only an address that the provider has confirmed; null otherwise. */
  email: string | null;
  name: string | null;
}

export interface Begun {
  /** The provider's page. */
  address: URL;
  /** For the cookie: sealed, so that neither the person nor a script can read or alter it. */
  sealed: string;
}

/** Begins a sign-in; `redirectUri` is our callback, as it is registered with the provider. */
export async function beginFlow(env: Env, begin: { redirectUri: string; next: string; invitation: InvitationId | null }): Promise<Begun> {
  const { clientId } = providerSettings(env);
  const { authorization_endpoint: endpoint } = await discover(env);
  if (endpoint === undefined) throw providerAway();
  const flow: Flow = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    next: begin.next,
    invitation: begin.invitation,
  };
  const address = new URL(endpoint);
  const query = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: begin.redirectUri,
    scope: SCOPE,
    state: flow.state,
    nonce: flow.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(flow.verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  return { address, sealed: await sealFlow(env, flow) };
}

async function sealFlow(env: Env, flow: Flow): Promise<string> {
  const key = await derivedKey(fromBase64(env.SESSION_KEY), PURPOSE);
  return new EncryptJWT({ ...flow })
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .setIssuedAt()
    .setExpirationTime(`${FLOW_SECONDS}s`)
    .encrypt(key);
}

/** Null for what is not ours, was altered or is too old. */
export async function openFlow(env: Env, sealed: string): Promise<Flow | null> {
  const key = await derivedKey(fromBase64(env.SESSION_KEY), PURPOSE);
  try {
    const options = { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"], requiredClaims: ["exp", "iat"] };
    const { payload } = await jwtDecrypt(sealed, key, options);
    return flowSchema.safeParse(payload).data ?? null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

/** Who came back with the provider's answer. Throws a Refusal: `wrong_state`, `provider_refused`, `code_refused`, `identity_refused`, `provider_unavailable`. */
export async function finishFlow(env: Env, answer: { url: URL; redirectUri: string; flow: Flow }): Promise<Identity> {
  const { clientId, clientSecret } = providerSettings(env);
  const provider = await discover(env);
  const client: oauth.Client = { client_id: clientId, [oauth.clockTolerance]: CLOCK_TOLERANCE_SECONDS };
  try {
    const parameters = oauth.validateAuthResponse(provider, client, answer.url, answer.flow.state);
    const secret = takesBasic(provider) ? oauth.ClientSecretBasic(clientSecret.reveal()) : oauth.ClientSecretPost(clientSecret.reveal());
    const { verifier, nonce } = answer.flow;
    const response = await oauth.authorizationCodeGrantRequest(provider, client, secret, parameters, answer.redirectUri, verifier, throughHttp(env));
    const tokens = await oauth.processAuthorizationCodeResponse(provider, client, response, { expectedNonce: nonce, requireIdToken: true });
    const claims = await signedClaims(env, { provider, clientId, idToken: tokens.id_token ?? "" });
    return identityOf(
      provider,
      claims.email === undefined ? { ...(await userInfo(env, { provider, client, tokens, subject: claims.sub })), ...claims } : claims,
    );
  } catch (error) {
    throw refusalOf(error);
  }
}

/** `client_secret_basic` is what a provider takes that does not say. */
const takesBasic = ({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer) =>
  methods === undefined || methods.includes("client_secret_basic");

const personClaims = z.object({
  email: z.email().max(320).optional().catch(undefined),
  // Some providers write it as text.
  email_verified: z
    .union([z.boolean(), z.literal("true"), z.literal("false")])
    .optional()
    .catch(undefined),
  name: z.string().max(200).optional().catch(undefined),
});
const claimsSchema = personClaims.extend({ sub: z.string().min(1).max(255) });
type Claims = z.infer<typeof claimsSchema>;

/** The ID token's claims once more, now under the provider's signature: the exchange alone trusts the connection that it came by. */
async function signedClaims(env: Env, token: { provider: oauth.AuthorizationServer; clientId: string; idToken: string }): Promise<Claims> {
  const { payload } = await jwtVerify(token.idToken, await providerKeys(env), {
    issuer: token.provider.issuer,
    audience: token.clientId,
    algorithms: [...ALGORITHMS],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ["exp", "iat", "sub", "nonce"],
  });
  if (payload["azp"] !== undefined && payload["azp"] !== token.clientId) throw new errors.JWTClaimValidationFailed("unexpected azp", payload, "azp");
  return claimsSchema.parse(payload);
}

interface Granted {
  provider: oauth.AuthorizationServer;
  client: oauth.Client;
  tokens: oauth.TokenEndpointResponse;
  subject: string;
}

/** Many providers tell a person's e-mail only here. Held to the same subject. */
async function userInfo(env: Env, { provider, client, tokens, subject }: Granted): Promise<z.infer<typeof personClaims>> {
  if (provider.userinfo_endpoint === undefined) return {};
  const response = await oauth.userInfoRequest(provider, client, tokens.access_token, throughHttp(env));
  return personClaims.parse(await oauth.processUserInfoResponse(provider, client, subject, response));
}

function identityOf(provider: oauth.AuthorizationServer, claims: Claims): Identity {
  const isVerified = claims.email_verified === true || claims.email_verified === "true";
  return { issuer: provider.issuer, subject: claims.sub, email: isVerified ? (claims.email ?? null) : null, name: claims.name?.trim() || null };
}

/** What a person is told. Which claim was wrong is for the log: it helps whoever runs this, and a forger. */
function refusalOf(error: unknown): Error {
  if (error instanceof Refusal) return error;
  log("warn", "sign_in_refused", { ...errorFields(error), reason: reasonOf(error) });
  if (error instanceof oauth.AuthorizationResponseError)
    return refused("provider_refused", "Your company's sign-in ended without letting you in. Try again, or ask whoever runs it.", error);
  if (error instanceof oauth.ResponseBodyError && error.error === "invalid_grant")
    return refused("code_refused", "Your company's sign-in did not take back what it gave: it was used before, or is too old. Sign in again.", error);
  if (error instanceof oauth.OperationProcessingError && error.code === oauth.INVALID_RESPONSE && error.message.includes('"state"'))
    return refused("wrong_state", "This answer does not belong to the sign-in that was begun in this browser. Sign in again.", error);
  if (isBadToken(error))
    return refused(
      "identity_refused",
      "What your company's sign-in says of you does not hold. Sign in again; if it stays, tell whoever runs it.",
      error,
    );
  return providerAway(error);
}

const NOT_AN_ANSWER: readonly (string | undefined)[] = [oauth.RESPONSE_IS_NOT_CONFORM, oauth.RESPONSE_IS_NOT_JSON, oauth.PARSE_ERROR];

function isBadToken(error: unknown): boolean {
  if (error instanceof oauth.OperationProcessingError) return !NOT_AN_ANSWER.includes(error.code);
  return error instanceof oauth.UnsupportedOperationError || error instanceof errors.JOSEError || error instanceof z.ZodError;
}

function refused(code: string, message: string, cause: unknown): Refusal {
  return new Refusal({ status: 401, code, message }, { cause });
}

/** The libraries' own stable words, never a claim's value. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `${error.code} ${error.claim}`;
  if (error instanceof oauth.ResponseBodyError || error instanceof oauth.AuthorizationResponseError) return error.error.slice(0, 60);
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown";
}
