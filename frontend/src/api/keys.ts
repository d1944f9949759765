/** Names of what the page remembers. All of a tenant's begin with its slug. */
export const keys = {
  me: ["me"] as const,
  tokens: ["tokens"] as const,
  tenantTokens: (tenant: string) => ["tenant", tenant, "tokens"] as const,
  tenants: ["tenants"] as const,
  tenantList: (filter: unknown) => ["tenants", filter] as const,
  tenantSlug: (displayName: string) => ["tenant-slug", displayName] as const,
  tenant: (tenant: string) => ["tenant", tenant] as const,
  deletion: (tenant: string) => ["deletion", tenant] as const,
  tenantItself: (tenant: string) => ["tenant", tenant, "itself"] as const,
  charts: (tenant: string) => ["tenant", tenant, "charts"] as const,
  chart: (tenant: string, catalog: string, chart: string) =>
    ["tenant", tenant, "charts", catalog, chart] as const,
  form: (tenant: string, catalog: string, chart: string, version: string | undefined) =>
    ["tenant", tenant, "charts", catalog, chart, "form", version] as const,
  previews: (tenant: string) => ["tenant", tenant, "preview"] as const,
  preview: (tenant: string, catalog: string, chart: string, request: unknown) =>
    ["tenant", tenant, "preview", catalog, chart, request] as const,
  room: (tenant: string) => ["tenant", tenant, "room"] as const,
  services: (tenant: string) => ["tenant", tenant, "services"] as const,
  selectedServices: (tenant: string | undefined, filter: unknown) =>
    ["all-services", tenant ?? null, filter] as const,
  allServices: ["all-services"] as const,
  service: (tenant: string, id: string) => ["tenant", tenant, "service", id] as const,
  /** Below the service's own, so that whatever changes it is read anew. */
  revisions: (tenant: string, id: string) => ["tenant", tenant, "service", id, "revisions"] as const,
  upgrade: (tenant: string, id: string, version: string | undefined) =>
    ["tenant", tenant, "service", id, "upgrade", version] as const,
  quota: (tenant: string) => ["tenant", tenant, "quota"] as const,
  members: (tenant: string) => ["tenant", tenant, "members"] as const,
  memberList: (tenant: string, search: string) => ["tenant", tenant, "members", "list", search] as const,
  invitations: (tenant: string) => ["tenant", tenant, "members", "invitations"] as const,
  keptOut: (tenant: string) => ["tenant", tenant, "members", "kept out"] as const,
  people: ["people"] as const,
  peopleList: (filter: unknown) => ["people", filter] as const,
  groupRules: ["group rules"] as const,
  quotaRequests: (tenant: string) => ["tenant", tenant, "quota", "requests"] as const,
  capacity: ["platform", "capacity"] as const,
  openRequests: ["platform", "quota requests"] as const,
  notifications: ["notifications"] as const,
  audit: (tenant: string | null, filter: unknown) =>
    [...(tenant === null ? ["platform"] : ["tenant", tenant]), "audit", filter] as const,
  usage: (tenant: string, asked: unknown) => ["tenant", tenant, "usage", asked] as const,
  serviceUsage: (tenant: string, service: string) =>
    ["tenant", tenant, "usage of", service] as const,
  platformUsage: (asked: unknown) => ["platform", "usage", asked] as const,
  prices: ["prices"] as const,
  health: ["platform", "health"] as const,
  webhooks: ["webhooks"] as const,
  deliveries: (webhook: string) => ["webhooks", webhook, "deliveries"] as const,
  eventTypes: ["event types"] as const,
  secrets: (tenant: string) => ["tenant", tenant, "secrets"] as const,
  secret: (tenant: string, path: string) => ["tenant", tenant, "secrets", path] as const,
};
