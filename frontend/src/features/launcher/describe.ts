import type { Service } from "@/api/types";
import { formatResource, parseQuantity } from "@/components/quantity";

/** "2 cores, 4 GiB, 1 × nvidia.com/gpu, 10 GiB storage": only what there is. */
export function describeSize(resources: Service["resources"]): string {
  const parts = [formatResource("cpu", resources.cpu), formatResource("memory", resources.memory)];
  const devices = Object.entries(resources.devices ?? {});
  parts.push(...devices.map(([name, number]) => `${number} × ${name}`));
  if (parseQuantity(resources.storage) > 0) {
    parts.push(`${formatResource("storage", resources.storage)} storage`);
  }
  return parts.join(", ");
}
