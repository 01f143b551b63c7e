/** A bank described as data: how it is asked, in which steps, and how its answers are read. The schemas draw the form. Holds no secret: credentials are named, not written. */
import * as z from "zod";
import { expressionSchema } from "./fields.ts";
import { accountsReadingShape, balancesReadingShape, transactionsReadingShape } from "./reading.ts";
import { HEADER_WORDS, REQUEST_WORDS, unknownWords } from "./template.ts";

export const PEM_REFUSED =
  "A certificate cannot be part of a configuration: client certificates are bound to the service when it is deployed. Have the operator bind it (docs/operations.md) and give the binding's name in transport.mtlsBinding.";

const isPem = (value: unknown): boolean => typeof value === "string" && value.includes("-----BEGIN");

/** https; http only to this very machine, which only local runs allow (lib/http.ts decides). */
const addressSchema = z
  .string()
  .max(500)
  .refine((text) => isAddress(text), { message: "An address begins with https:// and holds no user name, no password, no query and no fragment." });

function isAddress(text: string): boolean {
  const address = URL.parse(text);
  if (address === null || /[?#@\\\s]/.test(text)) return false;
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(address.hostname);
  return address.protocol === "https:" || (address.protocol === "http:" && isHere);
}

const templated = (known: readonly string[], most: number) =>
  z
    .string()
    .max(most)
    // A line break in a header would begin another.
    .regex(/^[\u0020-\u007e]*$/, { message: "Only printable ASCII characters may stand here." })
    .superRefine((text, context) => {
      for (const word of unknownWords(text, known)) {
        context.addIssue({ code: "custom", message: `{{${word}}} is not known here. Known are ${known.map((one) => `{{${one}}}`).join(", ")}.` });
      }
    });

const pathSchema = templated(REQUEST_WORDS, 300)
  .regex(/^\/(?!\/)[^\\?#]*$/, { message: "A path begins with one slash; what follows a question mark belongs into the query." })
  .meta({ title: "Path", description: "Behind the base address, e.g. `/accounts/{{account.id}}/transactions`." });

const querySchema = z
  .record(z.string().regex(/^[\w.[\]-]{1,80}$/), templated(REQUEST_WORDS, 300))
  .default({})
  .meta({ title: "Query", description: "Parameters of the address, e.g. `dateFrom` → `{{since}}`." });

const authSchema = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("none") }).meta({ title: "None", description: "A client certificate or a header says who asks." }),
    z
      .strictObject({
        kind: z.literal("api_key"),
        header: z
          .string()
          .regex(/^[A-Za-z][\w-]{0,60}$/)
          .default("Authorization")
          .meta({ title: "Header", description: "The header that carries the key." }),
        prefix: z.string().max(40).default("Bearer ").meta({ title: "Before the key", description: "E.g. `Bearer ` with its blank; may be empty." }),
      })
      .meta({ title: "API key", description: "Uses the credential api_key." }),
    z
      .strictObject({ kind: z.literal("basic") })
      .meta({ title: "User name and password", description: "HTTP Basic; uses the credentials username and password." }),
    z
      .strictObject({
        kind: z.literal("oauth2_cc"),
        tokenUrl: addressSchema.meta({ title: "Address of tokens", description: "The bank's OAuth2 token endpoint." }),
        scope: z.string().max(500).optional().meta({
          title: "Scopes",
          description: "Separated by blanks. A scope that is not granted is an error, even where the bank leaves it out in silence.",
        }),
        style: z
          .enum(["basic", "post"])
          .default("basic")
          .meta({ title: "Credentials as", description: "basic: in the Authorization header; post: in the body." }),
        skewSeconds: z
          .int()
          .min(0)
          .max(600)
          .default(60)
          .meta({ title: "Margin", description: "Seconds before its end at which a token is not used any more." }),
      })
      .meta({ title: "OAuth2 client credentials", description: "Uses the credentials client_id and client_secret." }),
  ])
  .meta({ title: "Sign-in", description: "How the service says who it is." });
export type BankAuth = z.infer<typeof authSchema>;

/** Loose only so that a certificate given here is refused with the reason; every unknown key is refused. */
const transportSchema = z
  .looseObject({
    mtlsBinding: z.string().nullable().default(null).meta({
      title: "Client certificate",
      description:
        "The name of the binding that carries it, e.g. `MTLS_BANK`; empty for none. The certificate itself is bound when the service is deployed.",
    }),
  })
  .superRefine((transport, context) => {
    for (const [key, value] of Object.entries(transport)) {
      if (isPem(value)) context.addIssue({ code: "custom", path: [key], message: PEM_REFUSED });
      else if (key !== "mtlsBinding")
        context.addIssue({ code: "unrecognized_keys", keys: [key], message: `Unrecognized key: "${key}"`, input: transport });
      else if (value !== null && !/^[A-Z][A-Z0-9_]{0,60}$/.test(String(value)))
        context.addIssue({ code: "custom", path: [key], message: "A binding's name is upper-case letters, digits and underscores." });
    }
  })
  .default({ mtlsBinding: null })
  .meta({ title: "Transport", description: "What the connection itself shows the bank." });

/** Set by the sign-in, by the platform, or never needed. */
const HEADERS_REFUSED: readonly string[] = ["authorization", "cookie", "host", "content-length", "content-type", "connection", "transfer-encoding"];

const headersSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z][\w-]{0,60}$/)
      .refine((name) => !HEADERS_REFUSED.includes(name.toLowerCase()), { message: "This header is set by the sign-in or by the platform." }),
    templated(HEADER_WORDS, 500),
  )
  .default({})
  .meta({ title: "Headers", description: "Sent with every request, e.g. `X-Request-ID` → `{{uuid}}`. No secrets: those are credentials." });

const parameterSchema = z
  .string()
  .regex(/^[\w.[\]-]{1,80}$/)
  .meta({ title: "Parameter", description: "Its name in the query." });

const singleSchema = z.strictObject({ kind: z.literal("none") }).meta({ title: "None", description: "One answer holds everything." });
const pageKinds = [
  singleSchema,
  z
    .strictObject({
      kind: z.literal("offset"),
      param: parameterSchema.default("offset"),
      total: expressionSchema
        .optional()
        .meta({ title: "Number of rows", description: "Where the answer says it. Without it an empty page is the end." }),
    })
    .meta({ title: "By offset", description: "Each page begins behind the rows so far." }),
  z
    .strictObject({
      kind: z.literal("page"),
      param: parameterSchema.default("page"),
      first: z.int().min(0).max(1).default(1).meta({ title: "First page", description: "Whether pages count from 0 or 1." }),
      totalPages: expressionSchema
        .optional()
        .meta({ title: "Number of pages", description: "Where the answer says it. Without it an empty page is the end." }),
    })
    .meta({ title: "By page number", description: "page=1, page=2, …" }),
  z
    .strictObject({
      kind: z.literal("last_id"),
      param: parameterSchema.default("start_after"),
      field: expressionSchema.meta({ title: "Id", description: "In a row: what the next page begins after." }),
    })
    .meta({ title: "After the last row", description: "The next page begins after the last row's id; an empty page is the end." }),
  z
    .strictObject({
      kind: z.literal("cursor"),
      param: parameterSchema.default("cursor"),
      path: expressionSchema.meta({ title: "Cursor", description: "In the answer; where it is missing or empty there is no more." }),
    })
    .meta({ title: "By cursor", description: "The answer holds a word for the next page." }),
  z
    .strictObject({
      kind: z.literal("link_body"),
      path: expressionSchema.meta({
        title: "Link",
        description: "The next page's address in the answer, e.g. `_links.next.href`. Followed only at the same bank's address.",
      }),
    })
    .meta({ title: "By link in the answer", description: "Where it is missing there is no more." }),
  z
    .strictObject({ kind: z.literal("link_header") })
    .meta({ title: "By Link header", description: '`Link: <…>; rel="next"`. Followed only at the same bank\'s address.' }),
] as const;

const pageSchema = z.discriminatedUnion("kind", pageKinds);
/** How the pages of one list follow one another. */
export type Paging = z.infer<typeof pageSchema>;

const pagingSchema = z
  .discriminatedUnion("kind", [
    ...pageKinds,
    z
      .strictObject({
        kind: z.literal("time_window"),
        days: z.int().min(1).max(366).meta({ title: "Days", description: "The longest time that one request may ask for." }),
        within: pageSchema
          .default({ kind: "none" })
          .meta({ title: "Pages of a window", description: "How the pages of one window follow one another." }),
      })
      .meta({ title: "By windows of time", description: "One request after another for {{since}} to {{until}}." }),
  ])
  .meta({ title: "Paging", description: "How one page follows another." });

const limitsSchema = z
  .strictObject({
    rps: z.number().min(0.1).max(1_000).default(2).meta({ title: "Requests a second", description: "No faster than this." }),
    maxPages: z
      .int()
      .min(1)
      .max(2_000)
      .default(200)
      .meta({ title: "Pages at most", description: "Of one account in one run; more is an error, never a part." }),
    maxBytes: z
      .int()
      .min(1_024)
      .max(8 * 1024 * 1024)
      .default(8 * 1024 * 1024)
      .meta({ title: "Bytes at most", description: "Of one answer." }),
    overlapDays: z
      .int()
      .min(0)
      .max(90)
      .default(7)
      .meta({ title: "Overlap", description: "Days that every run reads once more, for what the bank gives late or changes." }),
    lookbackDays: z.int().min(1).max(1_100).default(90).meta({ title: "First run", description: "Days that the first run goes back." }),
    callsPerDay: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .meta({ title: "Runs a day", description: "How often a day (UTC) the bank lets an account be asked without its owner; often 4." }),
  })
  .prefault({})
  .meta({ title: "Limits", description: "What is asked at most." });

/** 24 KB: what is read travels in the head of each page, which has 64 KB. */
const CONFIG_CHARS_MAX = 24 * 1024;

export const bankApiConfigSchema = z
  .strictObject({
    baseUrl: addressSchema.meta({ title: "Address", description: "The API's base, e.g. `https://api.mercury.com/api/v1`." }),
    auth: authSchema,
    transport: transportSchema,
    headers: headersSchema,
    accounts: z
      .strictObject({ path: pathSchema, query: querySchema, paging: singleSchema.default({ kind: "none" }), ...accountsReadingShape })
      .meta({ title: "Accounts", description: "The list of accounts, asked at the beginning of every run." }),
    balances: z
      .strictObject({ path: pathSchema, query: querySchema, ...balancesReadingShape })
      .optional()
      .meta({ title: "Balances", description: "An account's balances, where the list of accounts does not hold them." }),
    transactions: z
      .strictObject({ path: pathSchema, query: querySchema, paging: pagingSchema.default({ kind: "none" }), ...transactionsReadingShape })
      .meta({ title: "Transactions", description: "An account's rows." }),
    limits: limitsSchema,
  })
  .superRefine((config, context) => {
    if (JSON.stringify(config).length > CONFIG_CHARS_MAX) context.addIssue({ code: "custom", message: "A configuration has at most 24 KB." });
    const { items, map } = config.transactions;
    const isSaid = map.status !== undefined || (typeof items !== "string" && items.every(({ status }) => status !== undefined));
    if (!isSaid) {
      const message = 'Say what a row\'s status is: by a path with its words, by the lists, or always the same ({ "const": "posted" }).';
      context.addIssue({ code: "custom", path: ["transactions", "map", "status"], message });
    }
  });
export type BankApiConfig = z.infer<typeof bankApiConfigSchema>;

const secret = (title: string, description: string) => z.string().min(1).max(4_000).optional().meta({ title, description, secret: true });

/** All optional here; which of them a configuration needs is `credentialsNeeded`. */
export const bankApiCredentialsSchema = z
  .strictObject({
    api_key: secret("API key", "Sent in the header that the configuration names."),
    username: secret("User name", "For HTTP Basic."),
    password: secret("Password", "For HTTP Basic."),
    client_id: secret("Client id", "Of the OAuth2 client."),
    client_secret: secret("Client secret", "Of the OAuth2 client."),
    consent_id: secret("Consent id", "For a header with {{consent_id}}; of the consent that the account's owner gave."),
  })
  .superRefine((credentials, context) => {
    for (const [key, value] of Object.entries(credentials)) if (isPem(value)) context.addIssue({ code: "custom", path: [key], message: PEM_REFUSED });
  });
export type BankApiCredentials = z.infer<typeof bankApiCredentialsSchema>;

const NEEDED = {
  none: [],
  api_key: ["api_key"],
  basic: ["username", "password"],
  oauth2_cc: ["client_id", "client_secret"],
} as const satisfies Record<BankAuth["kind"], readonly (keyof BankApiCredentials)[]>;

/** The credentials that the configuration cannot do without. */
export function credentialsNeeded(config: BankApiConfig): (keyof BankApiCredentials)[] {
  const hasConsent = Object.values(config.headers).some((value) => value.includes("{{consent_id}}"));
  return [...NEEDED[config.auth.kind], ...(hasConsent ? (["consent_id"] as const) : [])];
}
