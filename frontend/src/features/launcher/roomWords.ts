/** What is free now, in words. Pure. */
import type { RoomOfResource } from "@/api/types";
import { formatAmount, formatResource, parseQuantity } from "@/components/quantity";

/** "3 of 8 cores free (2 on one machine)", "1 of 2 nvidia.com/gpu free"; null where nobody can tell. */
export function freeNow({ resource, there, free, largest, mine }: RoomOfResource): string | null {
  if (there === null || free === null) return null;
  const isDevice = mine !== null;
  const whole = isDevice ? `${there} ${resource}` : formatResource(resource, there);
  const few = largest !== null && parseQuantity(largest) < parseQuantity(free);
  const onOne = few ? ` (${isDevice ? largest : formatAmount(resource, largest, there)} on one machine)` : "";
  const own = mine ? `, ${mine} used by you` : "";
  return `${formatAmount(resource, free, there)} of ${whole} free${onOne}${own}`;
}

/** "4 cores", "1 nvidia.com/gpu": what a quota leaves; null where there is no limit. */
export function leftOf({ resource, left, mine }: RoomOfResource): string | null {
  if (left === null) return null;
  return mine === null ? formatResource(resource, left) : `${left} ${resource}`;
}

/** Of all that can be told, as one sentence each; empty where nobody can. */
export function roomSentences(resources: RoomOfResource[]): string[] {
  const free = resources.map(freeNow).filter((part) => part !== null);
  const left = resources.map(leftOf).filter((part) => part !== null);
  return [
    ...(free.length > 0 ? [`On the machines now: ${free.join("; ")}.`] : []),
    ...(left.length > 0 ? [`Your quota leaves ${left.join(", ")}.`] : []),
  ];
}
