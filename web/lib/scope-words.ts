/** What a service token may do, in a person's words. Pure. */
import type { Permission } from "../api/types.ts";

const WORDS: Partial<Record<Permission, string>> = {
  "files:upload": "Send files",
  "files:read": "Download raw files",
  "jobs:read": "See imports",
  "jobs:review": "Decide, approve and undo imports",
  "mappings:read": "See mappings",
  "mappings:write": "Map accounts",
  "accounts:read": "See accounts and balances",
  "accounts:write": "Create accounts",
  "transactions:read": "See transactions",
  "transactions:write": "Annotate and reconcile transactions",
  "connections:read": "See connections",
  "connections:sync": "Start a sync",
  "payments:read": "See expected payments",
  "payments:write": "Announce payments",
  "audit:read": "Read the audit log",
  "members:read": "See members",
  "alerts:read": "See alerts",
  "settings:read": "See settings",
};

export const scopeText = (scope: string): string => new Map<string, string>(Object.entries(WORDS)).get(scope) ?? scope;
