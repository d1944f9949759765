import type { GroupRule, RuleDraft } from "@/api/types";

export const EMPTY: RuleDraft = { pattern: "", tenant: "", role: "member", description: "" };

export const ROLES_OF_RULES = [
  { value: "viewer", label: "Viewer" },
  { value: "member", label: "Member" },
  { value: "admin", label: "Admin" },
  { value: "{role}", label: "The role that the group names" },
  { value: "platform-admin", label: "Platform administrator" },
];

export const asDraft = ({ pattern, tenant, role, description }: GroupRule): RuleDraft => ({
  pattern,
  tenant,
  role,
  description,
});

/** The page's own rules as they would be with this one: in place of `id`, added, or without it. */
export function withDraft(rules: GroupRule[], id: string | null, draft: RuleDraft | null): RuleDraft[] {
  const own = rules.filter((rule) => !rule.from_installation);
  const others = own.filter((rule) => rule.id !== id).map(asDraft);
  return draft === null ? others : [...others, draft];
}

export const isComplete = ({ pattern, tenant, role }: RuleDraft): boolean =>
  pattern.trim() !== "" && role !== "" && (role === "platform-admin" || tenant?.trim() !== "");

/** Groups as people paste them: by lines or commas. */
export const groupsIn = (text: string): string[] =>
  text
    .split(/[\n,]/)
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .slice(0, 100);
