import type { Service } from "@/api/types";
import { formatResource, parseQuantity } from "@/components/quantity";

/** "2 cores, 4 GiB, 10 GiB storage": only what there is. */
export function describeSize(resources: Service["resources"]): string {
  const parts = [formatResource("cpu", resources.cpu), formatResource("memory", resources.memory)];
  if (parseQuantity(resources.gpu) > 0) parts.push(formatResource("gpu", resources.gpu));
  if (parseQuantity(resources.storage) > 0) {
    parts.push(`${formatResource("storage", resources.storage)} storage`);
  }
  return parts.join(", ");
}
