/** `npm run tenant`: makes a company with its first invitation, invites somebody where nobody can, makes a first service token. By the database owner's URL; never prints it. */
import { parseArgs } from "node:util";
import * as z from "zod";
import { ROLES } from "../src/domain/roles.ts";
import { explain, Refusal } from "./local/refusal.ts";
import { createTenant, inviteTo, makeToken } from "./local/tenants.ts";

const USAGE = `npm run tenant -- create --name "Example Treasury" --owner owner@example.com [--slug example] [--address https://ingestion.example.com]
npm run tenant -- invite --slug example --email someone@example.com [--role owner] [--address …]
npm run tenant -- token  --slug example [--name "First token"]
DATABASE_OWNER_URL is the database owner's connection string.`;

const slugSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "letters a-z, digits and dashes");

const options = {
  name: { type: "string" },
  owner: { type: "string" },
  slug: { type: "string" },
  email: { type: "string" },
  role: { type: "string" },
  address: { type: "string" },
} as const;

try {
  process.stdout.write(`${await run()}\n`);
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}

async function run(): Promise<string> {
  const { values, positionals } = parsed();
  const ownerUrl = process.env["DATABASE_OWNER_URL"] ?? "";
  if (ownerUrl === "") throw new Refusal("DATABASE_OWNER_URL is not set: the database owner's connection string, not a pooled one.");
  switch (positionals[0]) {
    case "create": {
      const { name, owner } = checked(z.object({ name: z.string().trim().min(1).max(200), owner: z.email().max(320) }), values);
      const slug = checked(slugSchema, values.slug ?? slugOf(name));
      const { invitationId } = await createTenant({ ownerUrl, name, slug, owner });
      return `The company ${slug} is made. Its first owner, ${owner}, signs in by this link within fourteen days:\n${linkOf(values.address, invitationId)}`;
    }
    case "invite": {
      const { slug, email, role } = checked(z.object({ slug: slugSchema, email: z.email().max(320), role: z.enum(ROLES).default("owner") }), values);
      const { invitationId } = await inviteTo({ ownerUrl, slug, email, role });
      return `${email} is invited to ${slug} as ${role}, for fourteen days:\n${linkOf(values.address, invitationId)}`;
    }
    case "token": {
      const { slug, name } = checked(z.object({ slug: slugSchema, name: z.string().trim().min(1).max(100).default("First token") }), values);
      const { token } = await makeToken({ ownerUrl, slug, name });
      return `A service token of ${slug} for 90 days, shown this once:\n${token}`;
    }
    default:
      throw new Refusal(USAGE);
  }
}

function parsed() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    throw new Refusal(`${error instanceof Error ? error.message : ""}\n${USAGE}`, { cause: error });
  }
}

function checked<T>(schema: z.ZodType<T>, given: unknown): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `--${issue.path.join(".") || "slug"}: ${issue.message}.`);
  throw new Refusal(`${issues.join("\n")}\n${USAGE}`);
}

/** `Größe & Söhne GmbH` → `grosse-sohne-gmbh`. */
function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-+|-+$/g, "");
}

function linkOf(address: string | undefined, invitationId: string): string {
  return `${(address ?? "https://<your address>").replace(/\/+$/, "")}/sign-in?invitation=${invitationId}`;
}
