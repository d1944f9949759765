import type { ServiceDetail } from "@/api/types";
import { parseQuantity } from "@/components/quantity";

/** What happens to a service's own storage when the service is removed. */
export type StorageFate = "none" | "deleted" | "kept";

const inside = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;

/** Charts of the catalogue share the option `persistence.keep`; off where nobody chose it. */
export function storageFate(service: Pick<ServiceDetail, "options" | "resources">): StorageFate {
  if (parseQuantity(service.resources.storage) === 0) return "none";
  const persistence = inside(inside(service.options, "values"), "persistence");
  return inside(persistence, "keep") === true ? "kept" : "deleted";
}
