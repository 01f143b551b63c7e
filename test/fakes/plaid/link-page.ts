/** The page of Link's stand-in, as HTML without a script but for handing the result to the window that opened it. */
import type { FakeInstitution } from "./institutions.ts";
import { INSTITUTIONS } from "./institutions.ts";
import type { LinkResult, LinkSession } from "./link.ts";

export interface PageGiven {
  /** Where to go when done; null: the result goes to the window that opened this one. */
  returnTo: string | null;
  /** That window's origin, an address of this machine. */
  origin: string | null;
}

export function linkPage(session: LinkSession, given: PageGiven): string {
  const item = session.item;
  const hidden = fields({ token: session.token, return_to: given.returnTo ?? "", origin: given.origin ?? "" });
  const body =
    item === null
      ? INSTITUTIONS.map((institution) => bankForm(institution, hidden)).join("")
      : `${form("success", hidden + (session.choosesAccounts ? accountBoxes(item.institution, (mask) => item.accounts.some((one) => one.mask === mask && one.isShared)) : ""), `Sign in at ${item.institution.name}`)}
         ${form("password_changed", hidden, "The password was changed at the bank")}`;
  return page(
    `<h1>Choose your bank</h1><p>A stand-in for Plaid Link. Nothing here is a real bank.</p>${body}${form("exit", hidden, "Leave without connecting")}`,
  );
}

/** What the window that opened this one is told: names as Plaid Link's own callbacks have them. */
export function resultPage({ publicToken, session, item }: LinkResult, origin: string | null): string {
  const message = {
    type: publicToken === null ? "plaid_link_exit" : "plaid_link_success",
    public_token: publicToken,
    metadata: {
      link_session_id: session.id,
      institution: item === null ? null : { institution_id: item.institution.id, name: item.institution.name },
      accounts:
        item?.accounts.filter(({ isShared }) => isShared).map(({ id, name, mask, type, subtype }) => ({ id, name, mask, type, subtype })) ?? [],
    },
  };
  const post = origin === null ? "" : `opener?.postMessage(${scriptJson(message)}, ${scriptJson(origin)});`;
  return page(`<h1>${publicToken === null ? "Left" : "Connected"}</h1><p>You may close this window.</p><script>${post}close();</script>`);
}

/** Where the person goes on, with what Link hands back. */
export function returnAddress(returnTo: string, { publicToken, session, item }: LinkResult): string {
  const url = new URL(returnTo);
  url.searchParams.set("link_session_id", session.id);
  if (publicToken === null) url.searchParams.set("exit", "1");
  else {
    url.searchParams.set("public_token", publicToken);
    url.searchParams.set("institution_id", item?.institution.id ?? "");
    url.searchParams.set("institution_name", item?.institution.name ?? "");
  }
  return url.href;
}

function bankForm(institution: FakeInstitution, hidden: string): string {
  const own = hidden + fields({ institution_id: institution.id });
  return form("success", own + accountBoxes(institution, () => true), `Connect ${institution.name}`);
}

function accountBoxes({ accounts }: FakeInstitution, isChecked: (mask: string) => boolean): string {
  return accounts
    .map(
      ({ name, mask }) =>
        `<label><input type="checkbox" name="mask" value="${mask}"${isChecked(mask) ? " checked" : ""}> ${escaped(name)} ··${mask}</label>`,
    )
    .join("");
}

const form = (outcome: string, inner: string, label: string): string =>
  `<form method="post" action="/link/finish"><fieldset>${inner}<button name="outcome" value="${outcome}">${escaped(label)}</button></fieldset></form>`;

const fields = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escaped(value)}">`)
    .join("");

export const page = (body: string): string =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Stand-in for Plaid</title><style>body{font:16px system-ui;max-width:40rem;margin:2rem auto;padding:0 1rem}label{display:block;margin:.25rem 0}fieldset{border:1px solid #999;margin:.75rem 0}button{margin-top:.5rem;padding:.4rem .8rem}</style>${body}</html>`;

export const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

const scriptJson = (value: unknown): string => JSON.stringify(value).replaceAll("<", "\\u003c");
