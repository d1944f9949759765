import type { Kind, TenantState } from "@/api/types";

interface StateLook {
  title: string;
  color: string;
  moving: boolean;
}

export const STATES: Record<TenantState, StateLook> = {
  provisioning: { title: "Being made", color: "iris", moving: true },
  active: { title: "Active", color: "teal", moving: false },
  suspended: { title: "Suspended", color: "yellow", moving: false },
  deleting: { title: "Being deleted", color: "red", moving: true },
};

export const KINDS: Record<Kind, string> = {
  business_unit: "Business unit",
  portfolio_company: "Portfolio company",
};

/** For a choice among them. */
export const optionsOf = (titles: Record<string, string | { title: string }>) =>
  Object.entries(titles).map(([value, title]) => ({
    value,
    label: typeof title === "string" ? title : title.title,
  }));
