/** Service tokens: what programs sign in with. Made, shown once, revoked; what a token may do is at most what a member may. */
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { TOKEN_SCOPES } from "../../src/domain/roles.ts";
import { usePersonName } from "../api/session.ts";
import { type TokenDraft, tokensQuery, useCreateToken, useRevokeToken } from "../api/tokens.ts";
import type { Permission, ServiceToken } from "../api/types.ts";
import { scopeText } from "../lib/scope-words.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Page, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Note, Pending, Refused } from "../ui/states.tsx";
import { Ago, Instant } from "../ui/time.tsx";

export function TokensPage() {
  const tokens = useQuery(tokensQuery);
  const [isMaking, setMaking] = useState(false);
  const make = (
    <Button look="primary" onClick={() => setMaking(true)}>
      New token
    </Button>
  );
  return (
    <Page
      title="Service tokens"
      lead="What programs sign in with: a bank's delivery agent, your ERP. A token is the company's, not a person's."
      actions={make}
    >
      <Sheet>
        <Pending query={tokens}>
          <BoneRows rows={3} className="h-[6.5rem]" />
        </Pending>
        {tokens.data?.data.length === 0 && (
          <Empty title="No tokens yet">A program that delivers files needs one that may send files, and nothing else.</Empty>
        )}
        <ul>
          {tokens.data?.data.map((token) => (
            <TokenLine key={token.id} token={token} />
          ))}
        </ul>
      </Sheet>
      {isMaking && <NewTokenDialog onClose={() => setMaking(false)} />}
    </Page>
  );
}

function stateOf(token: ServiceToken): { text: string; tone: "good" | "neutral" | "warn" } {
  if (token.revoked_at !== null) return { text: "Revoked", tone: "neutral" };
  if (token.expires_at === null) return { text: "In use, without an end", tone: "warn" };
  return Date.parse(token.expires_at) <= Date.now() ? { text: "Expired", tone: "neutral" } : { text: "In use", tone: "good" };
}

function TokenLine({ token }: { token: ServiceToken }) {
  const personName = usePersonName();
  const [isRevoking, setRevoking] = useState(false);
  const { text, tone } = stateOf(token);
  const isLiving = tone !== "neutral";
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-72">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-medium break-words">{token.name}</span>
          <Badge tone={tone}>{text}</Badge>
        </p>
        <p className="text-sm text-ink-2">{token.scopes.map(scopeText).join(" · ")}</p>
        <p className="text-sm text-ink-3">
          made <Instant at={token.created_at} /> by {personName(token.created_by) ?? "the installation"}
          {token.expires_at !== null && isLiving && (
            <>
              , until <Instant at={token.expires_at} />
            </>
          )}
        </p>
      </div>
      <span className="text-sm text-ink-2">{token.last_used_at === null ? "Never used" : <LastUsed at={token.last_used_at} />}</span>
      {isLiving && (
        <Button size="small" look="danger" onClick={() => setRevoking(true)}>
          Revoke
        </Button>
      )}
      {isRevoking && <RevokeDialog token={token} onClose={() => setRevoking(false)} />}
    </li>
  );
}

function LastUsed({ at }: { at: string }) {
  return (
    <>
      Used <Ago at={at} />
    </>
  );
}

function RevokeDialog({ token, onClose }: { token: ServiceToken; onClose: () => void }) {
  const revoke = useRevokeToken();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Revoke ${token.name}?`}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="danger" isBusy={revoke.isPending} onClick={() => revoke.mutate(token.id, { onSuccess: onClose })}>
            Revoke token
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-ink-2">
          Whatever uses it is refused from its next request on. A revoked token does not come back; make a new one instead.
        </p>
        <Refused error={revoke.error} />
      </div>
    </Dialog>
  );
}

const ENDS = { 30: "In 30 days", 90: "In 90 days", 365: "In a year", never: "Never by itself" } as const;
const DAY_MS = 86_400_000;

function endOf(choice: string, now: number): string | null {
  return choice === "never" ? null : new Date(now + Number(choice) * DAY_MS).toISOString();
}

function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const [end, setEnd] = useState("365");
  const [scopes, setScopes] = useState<readonly Permission[]>(["files:upload", "jobs:read"]);
  const create = useCreateToken();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const draft: TokenDraft = { name: name.trim(), scopes: [...scopes], expires_at: endOf(end, Date.now()) };
    create.mutate(draft);
  };
  if (create.data !== undefined) return <ShownOnce token={create.data.token} onClose={onClose} />;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="New token"
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" form="new-token" disabled={scopes.length === 0} isBusy={create.isPending}>
            Make token
          </Button>
        </>
      }
    >
      <form id="new-token" onSubmit={submit} className="flex flex-col gap-5">
        <TextField
          label="Name"
          hint="Of the program that will use it: it stands in the audit log."
          required
          maxLength={100}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField label="Ends" value={end} onChange={(event) => setEnd(event.target.value)}>
          {Object.entries(ENDS).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </SelectField>
        <Scopes chosen={scopes} onChange={setScopes} />
        <Refused error={create.error} />
      </form>
    </Dialog>
  );
}

function Scopes({ chosen, onChange }: { chosen: readonly Permission[]; onChange: (scopes: readonly Permission[]) => void }) {
  const toggle = (scope: Permission) => onChange(chosen.includes(scope) ? chosen.filter((one) => one !== scope) : [...chosen, scope]);
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium text-ink-2">May</legend>
      <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2">
        {TOKEN_SCOPES.map((scope) => (
          <label key={scope} className="flex min-h-8 cursor-pointer items-center gap-2">
            <input type="checkbox" className="size-4 shrink-0 accent-accent" checked={chosen.includes(scope)} onChange={() => toggle(scope)} />
            <span>{scopeText(scope)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function ShownOnce({ token, onClose }: { token: string; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(token).then(() => setCopied(true));
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Keep the token now"
      footer={
        <>
          <Button onClick={copy}>{isCopied ? "Token copied" : "Copy token"}</Button>
          <Button look="primary" onClick={onClose}>
            I have it
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-ink-2">
          It is shown this once and kept nowhere. Put it where your program keeps its secrets, and send it as <code>Authorization: Bearer …</code>
        </p>
        <Note tone="note">
          <span className="font-mono text-sm break-all">{token}</span>
        </Note>
      </div>
    </Dialog>
  );
}
