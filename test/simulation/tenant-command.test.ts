/** `npm run tenant`, as whoever runs an installation types it: a company, its first owner's link, a first token; and what it refuses. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { TOKEN_SCOPES } from "../../src/domain/roles.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const { adminUrl } = inject("db");
const owner = new pg.Client({ connectionString: adminUrl });
beforeAll(() => owner.connect());
afterAll(() => owner.end());

function run(args: string[], env: Record<string, string> = { DATABASE_OWNER_URL: adminUrl }) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/tenant.ts", ...args], {
    cwd: ROOT,
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", ...env },
  });
  return { status, stdout, stderr };
}

const freshSlug = () => `c-${crypto.randomUUID()}`;

async function rows(statement: string, values: unknown[]): Promise<Record<string, unknown>[]> {
  const result = await owner.query<Record<string, unknown>>(statement, values);
  return result.rows;
}

const logOf = (slug: string) =>
  rows("select l.action, l.details, l.user_id from ingestion_audit_log l join tenants t on t.id = l.tenant_id where t.slug = $1 order by l.id", [
    slug,
  ]);

describe("create", () => {
  it("makes a company and prints the link by which its first owner signs in", async () => {
    const slug = freshSlug();

    const { status, stdout } = run([
      "create",
      "--name",
      "Example Treasury",
      "--owner",
      "owner@example.test",
      "--slug",
      slug,
      "--address",
      "https://in.example.test/",
    ]);

    const [made] = await rows("select i.id, i.email, i.role from invitations i join tenants t on t.id = i.tenant_id where t.slug = $1", [slug]);
    expect(status).toBe(0);
    expect(made).toMatchObject({ email: "owner@example.test", role: "owner" });
    expect(stdout).toContain(`https://in.example.test/sign-in?invitation=${made?.["id"]}`);
    expect(await logOf(slug)).toEqual([
      { action: "tenant.created", details: { by: "operator" }, user_id: null },
      { action: "invitation.created", details: { by: "operator", role: "owner" }, user_id: null },
    ]);
  });

  it("makes the short name of the name where none is given", async () => {
    const mark = crypto.randomUUID().slice(0, 8);

    const { status } = run(["create", "--name", `Größe & Söhne ${mark}`, "--owner", "owner@example.test"]);

    expect(status).toBe(0);
    expect(await rows("select slug from tenants where name = $1", [`Größe & Söhne ${mark}`])).toEqual([{ slug: `grosse-sohne-${mark}` }]);
  });

  it("refuses a short name that is taken and changes nothing", async () => {
    const slug = freshSlug();
    const args = ["create", "--name", "One", "--owner", "owner@example.test", "--slug", slug];
    run(args);

    const again = run(args);

    expect(again).toMatchObject({ status: 1, stdout: "" });
    expect(again.stderr).toContain("There is a company with the slug");
    expect(await logOf(slug)).toHaveLength(2);
  });
});

it("invite lets a new owner in where nobody can invite any more, and replaces the link that was lost", async () => {
  const slug = freshSlug();
  run(["create", "--name", "One", "--owner", "owner@example.test", "--slug", slug]);

  const { status } = run(["invite", "--slug", slug, "--email", "Owner@example.test"]);

  const invitations = await rows(
    "select i.role, i.revoked_at is null as is_open from invitations i join tenants t on t.id = i.tenant_id where t.slug = $1 order by i.id",
    [slug],
  );
  expect(status).toBe(0);
  expect(invitations).toEqual([
    { role: "owner", is_open: false },
    { role: "owner", is_open: true },
  ]);
});

it("token prints a token of 90 days that rests as a hash only", async () => {
  const slug = freshSlug();
  run(["create", "--name", "One", "--owner", "owner@example.test", "--slug", slug]);

  const { stdout } = run(["token", "--slug", slug]);

  const token = /sti_[\w-]{43}/.exec(stdout)?.[0] ?? "";
  const hash = createHash("sha256").update(token).digest();
  const [row] = await rows("select name, scopes, (expires_at - created_at)::text as life from api_tokens where token_hash = $1", [hash]);
  expect(row).toEqual({ name: "First token", scopes: [...TOKEN_SCOPES], life: "90 days" });
  expect(JSON.stringify(await logOf(slug))).not.toContain(token);
});

it.each([
  ["nothing", [], "npm run tenant -- create"],
  ["an unknown option", ["create", "--king", "x"], "--king"],
  ["no owner", ["create", "--name", "One"], "--owner"],
  ["an owner without an address", ["create", "--name", "One", "--owner", "nobody"], "--owner"],
  ["a short name that is none", ["create", "--name", "One", "--owner", "a@b.test", "--slug", "No Good"], "--slug"],
  ["a company that does not exist", ["token", "--slug", "no-such-company"], "There is no company"],
])("%s is refused by what is wrong with it", (_, args, expected) => {
  const { status, stderr, stdout } = run(args);

  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain(expected);
  expect(stderr).not.toContain(adminUrl);
});

it("without the owner's connection string it says that it is needed", () => {
  const { status, stderr } = run(["token", "--slug", "x"], {});

  expect(status).toBe(1);
  expect(stderr).toContain("DATABASE_OWNER_URL is not set");
});
