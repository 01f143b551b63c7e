/** The four people of the pretended organisation. What each may do comes from the real role table. */
import { PERMISSIONS, type Role, roleMay } from "../../src/domain/roles.ts";
import { idOf } from "./dashboard-nouns.ts";

export const PEOPLE: readonly (readonly [role: Role, name: string])[] = [
  ["owner", "Olivia Owner"],
  ["admin", "Adam Admin"],
  ["member", "Mia Member"],
  ["viewer", "Victor Viewer"],
];

export function sessionOf(email: string) {
  const index = PEOPLE.findIndex(([role]) => email === `${role}@demo.test`);
  const [role, name] = PEOPLE[index] ?? [];
  if (role === undefined || name === undefined) return null;
  return {
    user: { id: idOf("user", index + 1), email, name },
    token: null,
    tenant: { id: idOf("tenant", 1), name: "Larkfield Group", slug: "larkfield" },
    role,
    permissions: PERMISSIONS.filter((permission) => roleMay(role, permission)),
    expires_at: null,
  };
}
