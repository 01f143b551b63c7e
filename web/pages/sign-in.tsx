/** The door. Locally, four demo people; elsewhere the organisation's own sign-in. Keeps no password. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useNavigate } from "@tanstack/react-router";
import { ApiProblem } from "../api/client.ts";
import { isSignedOut, sessionQuery, useLocalSignIn } from "../api/session.ts";
import { usePageTitle } from "../lib/hooks.ts";
import { Spinner } from "../ui/button.tsx";
import { Logo } from "../ui/logo.tsx";
import { Note, Refused } from "../ui/states.tsx";

const PEOPLE = [
  { email: "owner@demo.test", role: "Owner", may: "Everything, including members and tokens" },
  { email: "admin@demo.test", role: "Admin", may: "Connections, credentials and all below" },
  { email: "member@demo.test", role: "Member", may: "Upload, map, review and book" },
  { email: "viewer@demo.test", role: "Viewer", may: "Read only" },
] as const;

const route = getRouteApi("/sign-in");

export function SignInPage() {
  usePageTitle("Sign in");
  const { next, ended } = route.useSearch();
  const session = useQuery({ ...sessionQuery, retry: false });
  const signIn = useLocalSignIn();
  const navigate = useNavigate();
  const destination = ownPath(next);
  if (session.data !== undefined && session.error === null) return <Navigate to={destination} replace />;
  const enter = (email: string) => signIn.mutate(email, { onSuccess: () => void navigate({ to: destination, replace: true }) });
  const isAbsent = signIn.error instanceof ApiProblem && signIn.error.status === 404;
  return (
    <main className="grid min-h-dvh grid-cols-[minmax(0,24rem)] place-content-center px-4 py-10">
      <div className="flex flex-col gap-6">
        <Logo />
        <div>
          <h1 className="text-xl font-semibold tracking-tight">Sign in</h1>
          <p className="mt-1 text-ink-2">
            {ended === true ? "Your session has ended. Sign in again to go on where you were." : "Choose who you are in the demo organisation."}
          </p>
        </div>
        {isAbsent ? <LocalSignInAbsent /> : <People enter={enter} busyEmail={signIn.isPending ? signIn.variables : null} />}
        {!isAbsent && <Refused error={signIn.error} />}
        {session.error !== null && !isSignedOut(session.error) && <Refused error={session.error} />}
      </div>
    </main>
  );
}

function People({ enter, busyEmail }: { enter: (email: string) => void; busyEmail: string | null }) {
  return (
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
  );
}

function LocalSignInAbsent() {
  return (
    <Note tone="warn">
      <p className="font-medium">Local sign-in does not exist on this server.</p>
      <p className="mt-1">
        It is for local demonstrations only. Here, people sign in through their organisation: an administrator has to configure OIDC first.
      </p>
    </Note>
  );
}

/** Only a path of this site may be gone on to. */
function ownPath(next: string | undefined): string {
  return next?.startsWith("/") === true && !next.startsWith("//") && !next.includes("\\") ? next : "/imports";
}
