/** A certified identity provider (the npm package oidc-provider) on a free port of this machine, whose people sign in by their name alone. Never for real people. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import Provider, { type Configuration } from "oidc-provider";
import * as z from "zod";

/** What a test needs to know of the provider. Plain values: they are handed to the Worker's own runtime. */
export interface TestProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** The provider's signing key, so that a test can forge what a provider would never sign. */
  signingKey: JWK;
}

const CLIENT_ID = "stratifi";
const CLIENT_SECRET = "only for this test run: a secret of forty characters";

const personSchema = z.object({ sub: z.string(), email: z.string(), email_verified: z.boolean(), name: z.string() });
type Person = z.infer<typeof personSchema>;

/** Starts the provider; `POST /people` makes a person, `login_hint` on the way in is who types their name. */
export async function startOidcProvider(): Promise<{ provider: TestProvider; stop: () => Promise<void> }> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const signingKey: JWK = { ...(await exportJWK(privateKey)), kid: "test-key", alg: "ES256", use: "sig" };
  const people = new Map<string, Person>();
  const server = createServer();
  const issuer = `http://127.0.0.1:${await listen(server)}`;
  const provider = new Provider(issuer, configurationOf(signingKey, people));
  const answerProtocol = provider.callback();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? "/", issuer);
    if (pathname === "/people") void register(people, request, response);
    else if (pathname.startsWith("/interaction/")) void interact(provider, request, response);
    else void answerProtocol(request, response);
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { provider: { issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, signingKey }, stop };
}

function configurationOf(signingKey: JWK, people: ReadonlyMap<string, Person>): Configuration {
  return {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        // A native client's loopback address is good for every port, as the tests' own are.
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/auth/oidc/callback"],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys: [signingKey] },
    cookies: { keys: ["only for this test run"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    // Ten minutes for everything: a test run's, and said so that the provider does not ask.
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    findAccount: (_, sub) => {
      const person = people.get(sub);
      return person === undefined ? undefined : { accountId: sub, claims: () => person };
    },
    // Everybody has agreed to everything: what is asked here is who somebody is.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new oidc.provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
}

/** Who types their name: the hint, or what was typed into the page; `deny` is somebody who turns back. A native client's people are asked for their consent besides. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { params, prompt } = await provider.interactionDetails(request, response);
  if (prompt.name !== "login") return provider.interactionFinished(request, response, { consent: {} });
  const accountId = z.string().optional().parse(params["login_hint"]) ?? new URLSearchParams(await textOf(request)).get("name");
  if (accountId === null) {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(NAME_PAGE);
    return;
  }
  await provider.interactionFinished(request, response, accountId === "deny" ? { error: "access_denied" } : { login: { accountId } });
}

const NAME_PAGE = `<!doctype html><title>Provider</title><form method="post"><label>Name <input name="name"></label><button>Go on</button></form>`;

async function register(people: Map<string, Person>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const person = personSchema.parse(JSON.parse(await textOf(request)));
  people.set(person.sub, person);
  response.writeHead(204).end();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("The provider has no port."));
      else resolve(address.port);
    });
  });
}
