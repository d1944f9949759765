import type { Preview } from "@/api/types";
import { parseQuantity } from "@/components/quantity";

type Counted = "cpu" | "memory" | "gpu" | "storage" | "services";

/** Of the tenant's limit and one's own the one that leaves less room. */
export function tighter({ quota, own }: Pick<Preview, "quota" | "own">, resource: Counted) {
  const tenants = { limit: quota.limits[resource], used: quota.used[resource], own: false };
  const [limit, used] = [own.limits[resource], own.used[resource]];
  if (limit === undefined || used === undefined) return tenants;
  const free = (one: { limit: string | number; used: string | number }) =>
    parseQuantity(one.limit) - parseQuantity(one.used);
  return free({ limit, used }) < free(tenants) ? { limit, used, own: true } : tenants;
}
