import type { CapacityResource } from "@/api/types";

import { pieces } from "./resources";

/** What is typed in, by the device's resource name. Empty: no limit. */
export type DeviceLimits = Record<string, string>;

export function asTyped(devices: Record<string, number> = {}): DeviceLimits {
  return Object.fromEntries(Object.entries(devices).map(([name, most]) => [name, String(most)]));
}

/** Those that have a limit or that the platform has, by name. */
export function knownDevices(typed: DeviceLimits, capacity: CapacityResource[]): string[] {
  const there = capacity.map(({ resource }) => resource).filter((name) => name.includes("/"));
  return [...new Set([...Object.keys(typed), ...there])].sort();
}

/** Only what differs: what is cleared becomes null, which takes the limit away. */
export function changedDevices(before: DeviceLimits, after: DeviceLimits): Record<string, number | null> {
  const names = Object.keys(after).filter((name) => after[name]?.trim() !== (before[name] ?? ""));
  return Object.fromEntries(
    names.map((name) => {
      const text = after[name]?.trim() ?? "";
      return [name, text === "" ? null : pieces(text)];
    }),
  );
}
