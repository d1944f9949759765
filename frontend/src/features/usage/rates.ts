export const RATES = [
  { name: "cpu_hour", title: "A core, an hour" },
  { name: "memory_gib_hour", title: "A GiB of memory, an hour" },
  { name: "gpu_hour", title: "A GPU, an hour" },
  { name: "storage_gib_month", title: "A GiB of storage, a month" },
] as const;

/** "0.030000" is 0.03. */
export const shortened = (price: string) =>
  price.includes(".") ? price.replace(/0+$/, "").replace(/\.$/, "") : price;

/** "nvidia.com/gpu 2.5", a line for each. Undefined where a line is something else. */
export function devicesOf(text: string): Record<string, string> | undefined {
  const devices: Record<string, string> = {};
  for (const line of text.split("\n").map((one) => one.trim())) {
    if (line === "") continue;
    const [, name, price] = /^(.*\S)\s+(\d+(?:\.\d+)?)$/.exec(line) ?? [];
    if (name === undefined || price === undefined) return undefined;
    devices[name] = price;
  }
  return devices;
}
