import type { MembershipSource, Role } from "@/api/types";

export const ROLES: Record<Role, { label: string; may: string }> = {
  admin: { label: "Admin", may: "runs the tenant: members, everybody's services, the audit" },
  member: { label: "Member", may: "launches tools and uses secrets and files" },
  viewer: { label: "Viewer", may: "looks at what there is, and opens nothing" },
};

export const ROLE_OPTIONS = (Object.keys(ROLES) as Role[]).map((role) => ({
  value: role,
  label: ROLES[role].label,
}));

export const SOURCES: Record<MembershipSource, string> = {
  groups: "by a group",
  hand: "by hand",
  invitation: "by invitation",
};

/** A role of a tenant, or of the platform. */
export const roleLabel = (role: string): string =>
  role === "platform-admin" ? "Platform administrator" : isRole(role) ? ROLES[role].label : role;

const isRole = (role: string): role is Role => role in ROLES;
