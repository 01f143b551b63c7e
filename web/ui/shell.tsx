/** The rooms' common walls: navigation, who is signed in, the drop-anywhere zone, the uploads. Sends whoever is not signed in to the door. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, Navigate, Outlet, useLocation } from "@tanstack/react-router";
import {
  ArrowDownToLine,
  Bell,
  Cable,
  KeyRound,
  Landmark,
  ListTree,
  type LucideIcon,
  Menu,
  Rows3,
  ScrollText,
  SlidersHorizontal,
  Users,
} from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { mappingsQuery } from "../api/books.ts";
import { rowsOf } from "../api/query.ts";
import { isSignedOut, sessionQuery } from "../api/session.ts";
import type { Permission, Session } from "../api/types.ts";
import { useIsOnline } from "../lib/hooks.ts";
import { Count } from "./badge.tsx";
import { cx } from "./cx.ts";
import { Dialog } from "./dialog.tsx";
import { DropZone } from "./drop-zone.tsx";
import { Logo } from "./logo.tsx";
import { Person } from "./person.tsx";
import { Bone, Failed } from "./states.tsx";
import { UploadTray } from "./upload-tray.tsx";

export function Shell() {
  const session = useQuery(sessionQuery);
  const location = useLocation();
  const wasSignedIn = useRef(false);
  if (session.data !== undefined && session.error === null) wasSignedIn.current = true;
  if (isSignedOut(session.error)) {
    // Until the door's page is loaded this one stays, at the door's address: that must not become its own `next`.
    if (location.pathname === "/sign-in") return <ShellBones />;
    return <Navigate to="/sign-in" search={{ next: location.href, ...(wasSignedIn.current ? { ended: true } : {}) }} replace />;
  }
  if (session.data === undefined)
    return session.error === null ? <ShellBones /> : <Failed error={session.error} retry={() => void session.refetch()} />;
  return (
    <DropZone>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-surface focus:px-3 focus:py-2 focus:shadow-lift"
      >
        Skip to the page
      </a>
      <div className="min-h-dvh md:grid md:grid-cols-[14.5rem_minmax(0,1fr)]">
        <SideBar session={session.data} />
        <TopBar session={session.data} />
        <main id="main" className="min-w-0 md:border-l md:border-line">
          <OfflineStrip />
          <Outlet />
        </main>
      </div>
      <UploadTray />
    </DropZone>
  );
}

function SideBar({ session }: { session: Session }) {
  return (
    <div className="sticky top-0 hidden h-dvh flex-col gap-6 overflow-y-auto px-3 py-4 md:flex">
      <div className="px-2">
        <Logo />
      </div>
      <Navigation session={session} />
      <div className="mt-auto">
        <Person session={session} />
      </div>
    </div>
  );
}

function TopBar({ session }: { session: Session }) {
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  // A page chosen in the menu closes it.
  useEffect(() => {
    if (pathname !== "") setOpen(false);
  }, [pathname]);
  return (
    <div className="sticky top-0 z-20 flex h-14 items-center gap-3 border-b border-line bg-canvas px-4 md:hidden">
      <Logo />
      <button
        type="button"
        aria-label="Menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(true)}
        className="-mr-2 ml-auto grid size-10 place-items-center rounded-md text-ink-2 hover:bg-sunken"
      >
        <Menu aria-hidden className="size-5" />
      </button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={session.tenant.name} place="left">
        <div className="flex h-full flex-col gap-6">
          <Navigation session={session} />
          <div className="mt-auto">
            <Person session={session} />
          </div>
        </div>
      </Dialog>
    </div>
  );
}

interface Room {
  to: "/imports" | "/mappings" | "/accounts" | "/transactions" | "/connections" | "/alerts" | "/audit" | "/members" | "/tokens" | "/settings";
  name: string;
  icon: LucideIcon;
  /** Shown to who has it; without one, to everybody. */
  needs?: Permission;
}

const ROOMS: readonly Room[] = [
  { to: "/imports", name: "Imports", icon: ArrowDownToLine },
  { to: "/mappings", name: "Mappings", icon: ListTree },
  { to: "/accounts", name: "Accounts", icon: Landmark },
  { to: "/transactions", name: "Transactions", icon: Rows3 },
  { to: "/connections", name: "Connections", icon: Cable },
  { to: "/alerts", name: "Alerts", icon: Bell, needs: "alerts:read" },
  { to: "/audit", name: "Audit", icon: ScrollText, needs: "audit:read" },
  { to: "/members", name: "Members", icon: Users, needs: "members:read" },
  { to: "/tokens", name: "Tokens", icon: KeyRound, needs: "tokens:write" },
  { to: "/settings", name: "Settings", icon: SlidersHorizontal, needs: "settings:read" },
];

function Navigation({ session }: { session: Session }) {
  const { pathname } = useLocation();
  const rooms = ROOMS.filter(({ needs }) => needs === undefined || session.permissions.includes(needs));
  return (
    <nav aria-label="Rooms" className="flex flex-col gap-0.5">
      {rooms.map(({ to, name, icon: Icon }) => {
        const isHere = pathname === to || pathname.startsWith(`${to}/`);
        return (
          <Link
            key={to}
            to={to}
            aria-current={isHere ? "page" : undefined}
            className={cx(
              "flex h-9 items-center gap-2.5 rounded-md px-2.5 font-medium max-md:h-11",
              isHere ? "bg-surface text-ink shadow-[0_0_0_1px_var(--line)]" : "text-ink-2 hover:bg-surface/60 hover:text-ink",
            )}
          >
            <Icon aria-hidden className={cx("size-4 shrink-0", isHere ? "text-accent" : "text-ink-3")} />
            {name}
            {to === "/mappings" && <UnmappedCount />}
          </Link>
        );
      })}
    </nav>
  );
}

function UnmappedCount() {
  const unmapped = useInfiniteQuery(mappingsQuery({ status: "unmapped" }));
  const count = rowsOf(unmapped.data).length;
  if (count === 0) return null;
  return (
    <span className="ml-auto">
      <Count tone="warn">
        {count}
        <span className="sr-only"> unmapped</span>
      </Count>
    </span>
  );
}

function OfflineStrip() {
  if (useIsOnline()) return null;
  return (
    <p role="status" className="sticky top-0 z-20 bg-warn-soft px-4 py-2 text-sm text-warn max-md:top-14">
      You are offline. What you see is how it was; it goes on by itself when the connection is back.
    </p>
  );
}

function ShellBones() {
  return (
    <div role="status" aria-label="Loading" className="min-h-dvh md:grid md:grid-cols-[14.5rem_minmax(0,1fr)]">
      <div className="hidden flex-col gap-6 px-3 py-4 md:flex">
        <div className="px-2">
          <Logo />
        </div>
      </div>
      <div className="flex h-14 items-center border-b border-line px-4 md:hidden">
        <Logo />
      </div>
      <div className="flex flex-col gap-6 px-4 py-6 sm:px-8 sm:py-8 md:border-l md:border-line">
        <Bone className="h-7 w-40" />
        <Bone className="h-40 w-full" />
      </div>
    </div>
  );
}
