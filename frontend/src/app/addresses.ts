/** Where each page lives. */
const part = encodeURIComponent;

export const addresses = {
  signIn: "/sign-in",
  account: "/account",
  tenants: "/platform/tenants",
  audit: "/platform/audit",
  webhooks: "/platform/webhooks",
  platformUsage: "/platform/usage",
  prices: "/platform/prices",
  health: "/platform/health",
  capacity: "/platform/capacity",
  quota: (tenant: string) => `/t/${part(tenant)}/quota`,
  usage: (tenant: string) => `/t/${part(tenant)}/usage`,
  tenantAudit: (tenant: string) => `/t/${part(tenant)}/audit`,
  platformServices: "/platform/services",
  allServices: (tenant: string) => `/t/${part(tenant)}/all-services`,
  deleteTenant: (tenant: string) => `/t/${part(tenant)}/delete`,
  people: "/platform/people",
  groups: "/platform/groups",
  members: (tenant: string) => `/t/${part(tenant)}/members`,
  tenantTokens: (tenant: string) => `/t/${part(tenant)}/tokens`,
  tenantSettings: (tenant: string) => `/t/${part(tenant)}/settings`,
  catalog: (tenant: string) => `/t/${part(tenant)}/catalog`,
  launch: (tenant: string, catalog: string, chart: string) =>
    `/t/${part(tenant)}/catalog/${part(catalog)}/${part(chart)}`,
  services: (tenant: string) => `/t/${part(tenant)}/services`,
  service: (tenant: string, id: string) => `/t/${part(tenant)}/services/${part(id)}`,
  secrets: (tenant: string) => `/t/${part(tenant)}/secrets`,
  newSecret: (tenant: string) => `/t/${part(tenant)}/secrets/new`,
  secret: (tenant: string, path: string) =>
    `/t/${part(tenant)}/secrets/at/${path.split("/").map(part).join("/")}`,
};
