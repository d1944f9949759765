import type { IconName } from "@/components/Icon";

import { addresses } from "./addresses";

export interface PageLinkOf {
  to: string;
  icon: IconName;
  label: string;
  count?: number | undefined;
  /** Only the tenant's admins see it in the menu. The server decides anyway. */
  forAdmins?: boolean;
}

/** The menu of a tenant's pages, in its order. */
export const tenantPages = (tenant: string, services: number | undefined): PageLinkOf[] => [
  { to: addresses.catalog(tenant), icon: "catalog", label: "Catalogue" },
  { to: addresses.services(tenant), icon: "services", label: "My services", count: services },
  { to: addresses.secrets(tenant), icon: "key", label: "Secrets" },
  { to: addresses.usage(tenant), icon: "chart", label: "Usage" },
  { to: addresses.quota(tenant), icon: "size", label: "Quota" },
  { to: addresses.members(tenant), icon: "people", label: "Members" },
  { to: addresses.allServices(tenant), icon: "layers", label: "All services", forAdmins: true },
  { to: addresses.tenantTokens(tenant), icon: "key", label: "Tokens", forAdmins: true },
  { to: addresses.tenantAudit(tenant), icon: "audit", label: "Audit", forAdmins: true },
  { to: addresses.tenantSettings(tenant), icon: "settings", label: "Settings", forAdmins: true },
];

/** The menu of whoever administers the whole platform. */
export const platformPages: PageLinkOf[] = [
  { to: addresses.tenants, icon: "tenants", label: "Tenants" },
  { to: addresses.platformServices, icon: "layers", label: "Services" },
  { to: addresses.people, icon: "people", label: "People" },
  { to: addresses.groups, icon: "groups", label: "Group mapping" },
  { to: addresses.capacity, icon: "size", label: "Capacity" },
  { to: addresses.platformUsage, icon: "chart", label: "Usage" },
  { to: addresses.prices, icon: "price", label: "Prices" },
  { to: addresses.audit, icon: "audit", label: "Audit" },
  { to: addresses.webhooks, icon: "webhook", label: "Webhooks" },
  { to: addresses.health, icon: "health", label: "Health" },
];
