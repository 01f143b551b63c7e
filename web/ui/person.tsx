/** Who is signed in, for which company, with the theme, the other companies and the way out. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { tenantsQuery, useSignOut, useSwitchTenant } from "../api/session.ts";
import type { Session } from "../api/types.ts";
import { chooseTheme, type ThemeChoice, themeChoice } from "../lib/theme.ts";
import { Button } from "./button.tsx";
import { Refused } from "./states.tsx";

const THEMES: readonly (readonly [ThemeChoice, string])[] = [
  ["system", "System theme"],
  ["light", "Light theme"],
  ["dark", "Dark theme"],
];

export function Person({ session }: { session: Session }) {
  const [theme, setTheme] = useState(themeChoice);
  const signOut = useSignOut();
  const navigate = useNavigate();
  const name = session.user?.name || session.user?.email || session.token?.name || "Signed in";
  const choose = (value: string) => {
    const choice = THEMES.find(([known]) => known === value)?.[0] ?? "system";
    chooseTheme(choice);
    setTheme(choice);
  };
  const leave = () => signOut.mutate(undefined, { onSuccess: () => void navigate({ to: "/sign-in" }) });
  return (
    <div className="flex flex-col gap-2 border-t border-line px-2 pt-3">
      <div className="min-w-0">
        <Link
          to="/sessions"
          search={{}}
          className="block truncate text-sm font-medium underline-offset-2 hover:underline"
          title="Where you are signed in"
        >
          {name}
        </Link>
        <p className="truncate text-xs text-ink-3">
          {session.role === null ? "" : `${session.role} at `}
          {session.tenant.name}
        </p>
      </div>
      <Companies tenantId={session.tenant.id} />
      <div className="-ml-1.5 flex items-center justify-between gap-1">
        <select
          aria-label="Theme"
          value={theme}
          onChange={(event) => choose(event.target.value)}
          className="plain-select h-7 min-w-0 rounded-md bg-transparent pl-1.5 text-sm text-ink-2 hover:bg-surface hover:text-ink max-md:h-10"
        >
          {THEMES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <Button size="small" look="quiet" isBusy={signOut.isPending} onClick={leave}>
          Sign out
        </Button>
      </div>
    </div>
  );
}

/** Nothing for a person of one company, which most are. */
function Companies({ tenantId }: { tenantId: string }) {
  const tenants = useQuery(tenantsQuery);
  const change = useSwitchTenant();
  const choices = tenants.data?.data ?? [];
  if (choices.length < 2) return null;
  return (
    <>
      <select
        aria-label="Company"
        value={tenantId}
        disabled={change.isPending || change.isSuccess}
        onChange={(event) => change.mutate(event.target.value)}
        className="plain-select h-7 w-full min-w-0 truncate rounded-md border border-line bg-surface pl-1.5 text-sm max-md:h-10"
      >
        {choices.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Refused error={change.error} />
    </>
  );
}
