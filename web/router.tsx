/** Every page's address and what its URL may say. Pages are loaded when they are first opened; nothing here fetches. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { OUTCOMES } from "../src/domain/plan.ts";
import type { ConnectionKind } from "./api/connection-setup.ts";
import type { Outcome } from "./api/types.ts";
import { NotFoundPage, PageCrashed } from "./ui/crash.tsx";
import { Shell } from "./ui/shell.tsx";

const rootRoute = createRootRoute({ notFoundComponent: NotFoundPage, errorComponent: PageCrashed });

export interface SignInSearch {
  next?: string;
  ended?: boolean;
  /** The invitation whose link was followed. */
  invitation?: string;
  /** Why the last attempt ended, and the request to ask after. */
  refused?: string;
  request?: string;
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search): SignInSearch => ({
    ...textOf(search, "next"),
    ...textOf(search, "invitation"),
    ...textOf(search, "refused"),
    ...textOf(search, "request"),
    ...(search["ended"] === true ? { ended: true } : {}),
  }),
  component: lazyRouteComponent(() => import("./pages/sign-in.tsx"), "SignInPage"),
});

/** Everything behind the sign-in. */
const shellRoute = createRoute({ getParentRoute: () => rootRoute, id: "shell", component: Shell, notFoundComponent: NotFoundPage });

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/imports", replace: true });
  },
});

const importsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/imports",
  validateSearch: (search): { connection?: string } => textOf(search, "connection"),
  component: lazyRouteComponent(() => import("./pages/imports.tsx"), "ImportsPage"),
});

/** Dropped files before they are sent. */
const previewRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/imports/preview",
  component: lazyRouteComponent(() => import("./pages/preview/preview.tsx"), "PreviewPage"),
});

export type JobView = Outcome | "problems";

const jobRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/imports/$jobId",
  validateSearch: (search): { view?: JobView; row?: string } => ({ ...viewOf(search["view"]), ...textOf(search, "row") }),
  component: lazyRouteComponent(() => import("./pages/job/job.tsx"), "JobPage"),
});

const mappingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/mappings",
  validateSearch: (search): { show?: "all"; connection?: string } => ({
    ...(search["show"] === "all" ? { show: "all" } : {}),
    ...textOf(search, "connection"),
  }),
  component: lazyRouteComponent(() => import("./pages/mappings.tsx"), "MappingsPage"),
});

const accountsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/accounts",
  component: lazyRouteComponent(() => import("./pages/accounts.tsx"), "AccountsPage"),
});

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/accounts/$accountId",
  component: lazyRouteComponent(() => import("./pages/account.tsx"), "AccountPage"),
});

export interface TransactionSearch {
  q?: string;
  account?: string;
  from?: string;
  to?: string;
  job?: string;
  id?: string;
}

const transactionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/transactions",
  validateSearch: (search): TransactionSearch => ({
    ...textOf(search, "q"),
    ...textOf(search, "account"),
    ...textOf(search, "from"),
    ...textOf(search, "to"),
    ...textOf(search, "job"),
    ...textOf(search, "id"),
  }),
  component: lazyRouteComponent(() => import("./pages/transactions.tsx"), "TransactionsPage"),
});

const connectionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/connections",
  component: lazyRouteComponent(() => import("./pages/connections/connections.tsx"), "ConnectionsPage"),
});

const CONNECTION_KINDS: readonly ConnectionKind[] = ["bai2", "file", "plaid", "stripe", "bank_api", "sftp"];

const newConnectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/connections/new",
  validateSearch: (search): { type?: ConnectionKind } => {
    const type = CONNECTION_KINDS.find((known) => known === search["type"]);
    return type === undefined ? {} : { type };
  },
  component: lazyRouteComponent(() => import("./pages/connections/new.tsx"), "NewConnectionPage"),
});

const plaidDoneRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/connections/plaid/done",
  component: lazyRouteComponent(() => import("./pages/connections/plaid-done.tsx"), "PlaidDonePage"),
});

const CONNECTION_TABS = ["runs", "accounts", "credentials", "webhooks"] as const;
export type ConnectionTab = (typeof CONNECTION_TABS)[number];

const connectionRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/connections/$connectionId",
  validateSearch: (search): { tab?: ConnectionTab; event?: string } => {
    const tab = CONNECTION_TABS.find((known) => known === search["tab"]);
    return { ...(tab === undefined ? {} : { tab }), ...textOf(search, "event") };
  },
  component: lazyRouteComponent(() => import("./pages/connections/connection.tsx"), "ConnectionPage"),
});

const auditRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/audit",
  component: lazyRouteComponent(() => import("./pages/audit.tsx"), "AuditPage"),
});

const alertsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/alerts",
  component: lazyRouteComponent(() => import("./pages/alerts/alerts.tsx"), "AlertsPage"),
});

const membersRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/members",
  component: lazyRouteComponent(() => import("./pages/members.tsx"), "MembersPage"),
});

const sessionsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/sessions",
  validateSearch: (search): { member?: string } => textOf(search, "member"),
  component: lazyRouteComponent(() => import("./pages/sessions.tsx"), "SessionsPage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/tokens",
  component: lazyRouteComponent(() => import("./pages/tokens.tsx"), "TokensPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/settings/settings.tsx"), "SettingsPage"),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  shellRoute.addChildren([
    homeRoute,
    importsRoute,
    previewRoute,
    jobRoute,
    mappingsRoute,
    accountsRoute,
    accountRoute,
    transactionsRoute,
    connectionsRoute,
    newConnectionRoute,
    plaidDoneRoute,
    connectionRoute,
    auditRoute,
    alertsRoute,
    membersRoute,
    sessionsRoute,
    tokensRoute,
    settingsRoute,
  ]),
]);

export function createAppRouter() {
  return createRouter({ routeTree, defaultPreload: "intent", scrollRestoration: true, defaultErrorComponent: PageCrashed, defaultPendingMs: 200 });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}

const JOB_VIEWS: readonly JobView[] = [...OUTCOMES, "problems"];

/** A parameter that is a non-empty text, or nothing at all. Numbers come parsed from the URL and are turned back into their text. */
function textOf<Name extends string>(search: Record<string, unknown>, name: Name): { [K in Name]?: string } {
  const value = search[name];
  const text = typeof value === "number" ? `${value}` : value;
  const found: { [K in Name]?: string } = {};
  if (typeof text === "string" && text !== "") found[name] = text;
  return found;
}

function viewOf(value: unknown): { view?: JobView } {
  const view = JOB_VIEWS.find((known) => known === value);
  return view === undefined ? {} : { view };
}
