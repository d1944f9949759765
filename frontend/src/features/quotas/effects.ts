import type { CapacityResource, Quota } from "@/api/types";
import { formatAmount, formatResource, parseQuantity, titleOf } from "@/components/quantity";

import { COUNTED, type Typed } from "./resources";

type Known = Pick<Quota, "base" | "limits" | "used">;

/** In sentences, what other limits would mean: what is above them, and what is promised in all. */
export function effects(quota: Known, value: Typed, capacity: CapacityResource[]): string[] {
  return COUNTED.flatMap((name) => {
    const text = (value[name] ?? "").trim();
    const [wanted, base] = [parseQuantity(text), parseQuantity(quota.base[name])];
    if (text === "" || Number.isNaN(wanted) || wanted === base) return [];
    const granted = parseQuantity(quota.limits[name]) - base;
    const used = parseQuantity(quota.used[name]);
    const lines: string[] = [];
    if (used > wanted + granted) {
      lines.push(
        `${titleOf(name)}: ${formatAmount(name, used, wanted + granted)} of ${formatResource(name, wanted + granted)} will be ` +
          "used. Nothing stops; new launches wait until enough is given back.",
      );
    }
    const whole = capacity.find(({ resource }) => resource === name);
    if (whole?.capacity) {
      const promised = parseQuantity(whole.promised) + wanted - base;
      const ratio = (promised / parseQuantity(whole.capacity)).toFixed(2);
      lines.push(
        `${titleOf(name)}: ${formatResource(name, promised)} of ${formatResource(name, whole.capacity)} ` +
          `will be promised to all tenants together (${ratio} of what there is).`,
      );
    }
    return lines;
  });
}
