/** Who belongs to the company and who is invited. What somebody may not do is not offered; the server decides all the same. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ROLES } from "../../src/domain/roles.ts";
import { invitationsQuery, membersQuery, useChangeRole, useInvite, useRemoveMember, useRevokeInvitation } from "../api/members.ts";
import { sessionQuery, useMay } from "../api/session.ts";
import type { Invitation, Member, Role } from "../api/types.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SelectField, TextField } from "../ui/field.tsx";
import { Page, Section, Sheet } from "../ui/page.tsx";
import { BoneRows, Empty, Note, Pending, Refused } from "../ui/states.tsx";
import { Ago, Instant } from "../ui/time.tsx";

const ROLE_WORDS = {
  owner: { name: "Owner", may: "Everything, owners included" },
  admin: { name: "Admin", may: "Connections, tokens and members" },
  member: { name: "Member", may: "Upload, map, review and book" },
  viewer: { name: "Viewer", may: "Read only" },
} as const satisfies Record<Role, { name: string; may: string }>;

export function MembersPage() {
  const members = useQuery(membersQuery);
  const mayWrite = useMay("members:write");
  const [isInviting, setInviting] = useState(false);
  const invite = mayWrite ? (
    <Button look="primary" onClick={() => setInviting(true)}>
      Invite somebody
    </Button>
  ) : undefined;
  return (
    <Page title="Members" lead="Who may see and work on your company's movements." actions={invite}>
      <Sheet>
        <Pending query={members}>
          <BoneRows rows={4} className="h-[5.4375rem]" />
        </Pending>
        <ul>
          {members.data?.data.map((member) => (
            <MemberLine key={member.id} member={member} />
          ))}
        </ul>
      </Sheet>
      {mayWrite && <Invitations />}
      {isInviting && <InviteDialog onClose={() => setInviting(false)} />}
    </Page>
  );
}

function MemberLine({ member }: { member: Member }) {
  const session = useQuery(sessionQuery);
  const mayWrite = useMay("members:write");
  const mayOwners = useMay("owners:write");
  const change = useChangeRole();
  const [isRemoving, setRemoving] = useState(false);
  const isMine = member.id === session.data?.user?.id;
  const mayTouch = mayWrite && (member.role !== "owner" || mayOwners);
  const called = member.name === "" ? member.email : member.name;
  return (
    <li className="grid items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0 max-sm:grid-cols-[minmax(0,1fr)_auto] sm:grid-cols-[minmax(0,1fr)_9rem_auto]">
      <div className="min-w-0 max-sm:col-span-2">
        <p className="font-medium break-words">
          {called}
          {isMine && <span className="font-normal text-ink-3"> (you)</span>}
        </p>
        <p className="text-sm break-all text-ink-3">{member.email}</p>
        <p className="text-sm text-ink-3">
          {member.last_seen_at === null ? "Never here yet" : <LastHere at={member.last_seen_at} />}
          {(mayWrite || isMine) && (
            <>
              {", "}
              <Link to="/sessions" search={isMine ? {} : { member: member.id }} className="text-accent underline-offset-2 hover:underline">
                sessions
              </Link>
            </>
          )}
        </p>
        <Refused error={change.error} />
      </div>
      {mayTouch ? (
        <SelectField
          label={`Role of ${called}`}
          isLabelHidden
          value={change.isPending ? change.variables.role : member.role}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ id: member.id, role: roleOf(event.target.value) })}
        >
          <RoleOptions mayOwners={mayOwners} />
        </SelectField>
      ) : (
        <span className="text-sm text-ink-2">{ROLE_WORDS[member.role].name}</span>
      )}
      {mayTouch ? (
        <Button size="small" look="danger" onClick={() => setRemoving(true)}>
          Remove
        </Button>
      ) : (
        <span />
      )}
      {isRemoving && <RemoveDialog member={member} called={called} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function LastHere({ at }: { at: string }) {
  return (
    <>
      Last here <Ago at={at} />
    </>
  );
}

function RoleOptions({ mayOwners }: { mayOwners: boolean }) {
  return ROLES.filter((role) => role !== "owner" || mayOwners).map((role) => (
    <option key={role} value={role}>
      {ROLE_WORDS[role].name}
    </option>
  ));
}

const roleOf = (value: string): Role => ROLES.find((role) => role === value) ?? "viewer";

function RemoveDialog({ member, called, onClose }: { member: Member; called: string; onClose: () => void }) {
  const remove = useRemoveMember();
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Remove ${called}?`}
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="danger" isBusy={remove.isPending} onClick={() => remove.mutate(member.id, { onSuccess: onClose })}>
            Remove member
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-ink-2">
          They are signed out at once and cannot come back without a new invitation. What they did stays in the audit log. Service tokens belong to
          the company and go on working: revoke those that they know.
        </p>
        <Refused error={remove.error} />
      </div>
    </Dialog>
  );
}

const STATES = {
  open: { text: "Open", tone: "busy" },
  accepted: { text: "Accepted", tone: "good" },
  revoked: { text: "Revoked", tone: "neutral" },
  expired: { text: "Expired", tone: "neutral" },
} as const satisfies Record<Invitation["state"], { text: string; tone: "busy" | "good" | "neutral" }>;

function Invitations() {
  const query = useQuery(invitationsQuery);
  return (
    <Section title="Invitations">
      <Pending query={query}>
        <BoneRows rows={2} className="h-14" />
      </Pending>
      {query.data?.data.length === 0 && <Empty title="Nobody is invited">An invitation is open for fourteen days, to one e-mail address.</Empty>}
      <ul>
        {query.data?.data.map((invitation) => (
          <InvitationLine key={invitation.id} invitation={invitation} />
        ))}
      </ul>
    </Section>
  );
}

function InvitationLine({ invitation }: { invitation: Invitation }) {
  const revoke = useRevokeInvitation();
  const { text, tone } = STATES[invitation.state];
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-3 last:border-b-0">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium break-all">{invitation.email}</p>
        <p className="text-sm text-ink-3">
          as {ROLE_WORDS[invitation.role].name.toLowerCase()}, {invitation.state === "open" ? "until " : "invited "}
          <Instant at={invitation.state === "open" ? invitation.expires_at : invitation.created_at} />
        </p>
        <Refused error={revoke.error} />
      </div>
      <Badge tone={tone}>{text}</Badge>
      {invitation.link !== null && (
        <span className="flex gap-2">
          <CopyLink link={invitation.link} />
          <Button size="small" look="danger" isBusy={revoke.isPending} onClick={() => revoke.mutate(invitation.id)}>
            Revoke
          </Button>
        </span>
      )}
    </li>
  );
}

function CopyLink({ link }: { link: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(link).then(() => setCopied(true));
  return (
    <Button size="small" onClick={copy}>
      {isCopied ? "Link copied" : "Copy link"}
    </Button>
  );
}

function InviteDialog({ onClose }: { onClose: () => void }) {
  const [draft, setDraft] = useState<{ email: string; role: Role }>({ email: "", role: "member" });
  const mayOwners = useMay("owners:write");
  const invite = useInvite();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate({ ...draft, email: draft.email.trim() });
  };
  if (invite.data !== undefined) return <Invited invitation={invite.data} onClose={onClose} />;
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Invite somebody"
      footer={
        <>
          <Button onClick={onClose}>Leave it</Button>
          <Button look="primary" type="submit" form="invite" isBusy={invite.isPending}>
            Invite
          </Button>
        </>
      }
    >
      <form id="invite" onSubmit={submit} className="flex flex-col gap-5">
        <TextField
          label="E-mail address"
          hint="As your company's sign-in knows them. Nobody with another address can use the invitation."
          type="email"
          required
          maxLength={320}
          autoComplete="off"
          value={draft.email}
          onChange={(event) => setDraft({ ...draft, email: event.target.value })}
        />
        <SelectField
          label="Role"
          hint={ROLE_WORDS[draft.role].may}
          value={draft.role}
          onChange={(event) => setDraft({ ...draft, role: roleOf(event.target.value) })}
        >
          <RoleOptions mayOwners={mayOwners} />
        </SelectField>
        <Refused error={invite.error} />
      </form>
    </Dialog>
  );
}

function Invited({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Pass on the link"
      footer={
        <>
          {invitation.link !== null && <CopyLink link={invitation.link} />}
          <Button look="primary" onClick={onClose}>
            Done
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <p className="text-ink-2">
          Nothing was sent. Give <span className="font-medium break-all text-ink">{invitation.email}</span> this link, until{" "}
          <Instant at={invitation.expires_at} />:
        </p>
        <Note tone="note">
          <span className="font-mono text-sm break-all">{invitation.link}</span>
        </Note>
      </div>
    </Dialog>
  );
}
