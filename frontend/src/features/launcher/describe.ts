import type { Service, ServiceDetail } from "@/api/types";
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

/** "2 cores, 4 GiB (preset “A slice”)": as it was called in the form, where it still is. */
export function describeChosenSize({
  resources,
  preset,
  preset_title,
}: Pick<ServiceDetail, "resources" | "preset" | "preset_title">): string {
  return describeSize(resources) + (preset === "" ? "" : ` (preset “${preset_title || preset}”)`);
}
