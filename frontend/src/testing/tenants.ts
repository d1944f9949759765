import type { Me, Tenant } from "@/api/types";

const NOTHING = { cpu: "0", memory: "0", gpu: 0, storage: "0", services: 0 };

/** An active tenant, but for what a test says. */
export function someTenant(part: Partial<Tenant> = {}): Tenant {
  return {
    slug: "acme",
    display_name: "Acme",
    kind: "business_unit",
    group: "",
    state: "active",
    suspension: null,
    problem: "",
    provisioned: true,
    members: 3,
    quota: { limits: NOTHING, used: NOTHING, available: NOTHING },
    created_at: "2026-11-23T09:00:00Z",
    ...part,
  };
}

export const SUSPENDED = someTenant({
  state: "suspended",
  suspension: { by: "root", reason: "unpaid", at: "2026-11-23T09:00:00Z" },
});

/** bob, a member of acme. */
export const BOB: Me = {
  username: "bob",
  display_name: "Bob",
  email: "",
  is_platform_admin: false,
  tenants: [{ slug: "acme", display_name: "Acme", role: "member" }],
  acting: null,
  acted_as_recently: [],
};
