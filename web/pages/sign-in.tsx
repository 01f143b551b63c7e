/** The door. The company's own sign-in; on a developer's machine four demo people; else what is still to be configured. Keeps no password. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { withQuery } from "../api/client.ts";
import { isSignedOut, sessionQuery, signInMethodsQuery, useLocalSignIn } from "../api/session.ts";
import type { SignInMethods } from "../api/types.ts";
import { usePageTitle } from "../lib/hooks.ts";
import { refusalWords } from "../lib/sign-in-words.ts";
import { buttonClass, Spinner } from "../ui/button.tsx";
import { Logo } from "../ui/logo.tsx";
import { Bone, Note, Refused } from "../ui/states.tsx";

const PEOPLE = [
  { email: "owner@demo.test", role: "Owner", may: "Everything, owners included" },
  { email: "admin@demo.test", role: "Admin", may: "Connections, tokens and members" },
  { email: "member@demo.test", role: "Member", may: "Upload, map, review and book" },
  { email: "viewer@demo.test", role: "Viewer", may: "Read only" },
] as const;

const route = getRouteApi("/sign-in");

export function SignInPage() {
  usePageTitle("Sign in");
  const { next, ended, invitation, refused, request } = route.useSearch();
  const session = useQuery({ ...sessionQuery, retry: false });
  const methods = useQuery(signInMethodsQuery);
  const destination = ownPath(next);
  // Whoever follows an invitation's link wants to accept it, signed in or not.
  const isInside = session.data !== undefined && session.error === null && invitation === undefined;
  if (isInside) return <Navigate to={destination} replace />;
  return (
    // From the top: what is still loading below moves nothing that is there.
    <main className="grid min-h-dvh grid-cols-[minmax(0,24rem)] content-start justify-center px-4 pt-[max(2.5rem,14vh)] pb-10">
      <div className="flex flex-col gap-6">
        <Logo />
        <div>
          <h1 className="text-xl font-semibold tracking-tight">{invitation === undefined ? "Sign in" : "You are invited"}</h1>
          <p className="mt-1 text-pretty text-ink-2">{leadOf({ isInvited: invitation !== undefined, hasEnded: ended === true })}</p>
        </div>
        {refused !== undefined && <WhyNot code={refused} requestId={request ?? null} />}
        {methods.data === undefined ? (
          <Waiting error={methods.error} />
        ) : (
          <Ways methods={methods.data} invitation={invitation} destination={destination} />
        )}
        {session.error !== null && !isSignedOut(session.error) && <Refused error={session.error} />}
      </div>
    </main>
  );
}

function leadOf({ isInvited, hasEnded }: { isInvited: boolean; hasEnded: boolean }): string {
  if (isInvited) return "Sign in with the account whose e-mail address was invited. Your invitation is accepted by it.";
  return hasEnded ? "Your session has ended. Sign in again to go on where you were." : "To your company's statements, transactions and balances.";
}

function Waiting({ error }: { error: Error | null }) {
  return error === null ? <Bone className="h-10 w-full rounded-md" /> : <Refused error={error} />;
}

interface WaysProps {
  methods: SignInMethods;
  invitation: string | undefined;
  destination: string;
}

function Ways({ methods, invitation, destination }: WaysProps) {
  if (!methods.oidc && !methods.local) return <NotConfigured missing={methods.missing_settings} />;
  return (
    <>
      {methods.oidc && (
        <a href={withQuery("/auth/oidc", { next: destination, invitation })} className={buttonClass("primary")}>
          Continue with your company account
        </a>
      )}
      {methods.local && <DemoPeople destination={destination} />}
    </>
  );
}

function DemoPeople({ destination }: { destination: string }) {
  const signIn = useLocalSignIn();
  const navigate = useNavigate();
  const enter = (email: string) => signIn.mutate(email, { onSuccess: () => void navigate({ to: destination, replace: true }) });
  const busyEmail = signIn.isPending ? signIn.variables : null;
  return (
    <section aria-label="Demo people" className="flex flex-col gap-3">
      <p className="text-sm text-ink-2">On this machine only, without a password: be somebody of the demo company.</p>
      <ul className="overflow-clip rounded-lg border border-line bg-surface">
        {PEOPLE.map(({ email, role, may }) => (
          <li key={email} className="border-b border-line last:border-b-0">
            <button
              type="button"
              disabled={busyEmail !== null}
              onClick={() => enter(email)}
              className="flex w-full items-center gap-3 px-4 py-3 text-left hover:bg-sunken focus-visible:-outline-offset-2 disabled:cursor-progress"
            >
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{role}</span>
                <span className="block text-sm text-pretty text-ink-3">{may}</span>
              </span>
              {busyEmail === email ? <Spinner /> : <span className="text-xs text-ink-3 max-sm:hidden">{email}</span>}
            </button>
          </li>
        ))}
      </ul>
      <Refused error={signIn.error} />
    </section>
  );
}

function NotConfigured({ missing }: { missing: readonly string[] }) {
  return (
    <Note tone="warn">
      <p className="font-medium">Nobody can sign in here yet.</p>
      <p className="mt-1">Whoever runs this installation has to connect it to your company's identity provider (OpenID Connect). Still to be set:</p>
      <ul className="mt-2 font-mono text-sm">
        {missing.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </Note>
  );
}

function WhyNot({ code, requestId }: { code: string; requestId: string | null }) {
  const { title, advice } = refusalWords(code);
  return (
    <div role="alert" className="rounded-lg bg-bad-soft px-4 py-3 text-bad">
      <p className="font-medium">{title}</p>
      <p className="mt-1">{advice}</p>
      {requestId !== null && <p className="mt-2 font-mono text-xs break-all opacity-80">Request {requestId}</p>}
    </div>
  );
}

/** Only a path of this site may be gone on to. */
function ownPath(next: string | undefined): string {
  return next?.startsWith("/") === true && !next.startsWith("//") && !next.includes("\\") ? next : "/imports";
}
