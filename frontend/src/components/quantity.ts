/** Kubernetes quantities, as the API writes them, for people and for sliders. */
import type { Resource } from "@/api/types";

const FACTORS: Record<string, number> = {
  "": 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50,
};
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** The plain number: cores, bytes, pieces. NaN where it is no quantity. */
export function parseQuantity(text: string | number): number {
  if (typeof text === "number") return text;
  const matched = /^(\d+(?:\.\d+)?|\.\d+)([a-zA-Z]*)$/.exec(text.trim());
  const factor = FACTORS[matched?.[2] ?? ""];
  return matched === null || factor === undefined ? NaN : Number(matched[1]) * factor;
}

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export function formatBytes(bytes: number): string {
  if (bytes >= 1024 * GIB) return `${number.format(bytes / GIB / 1024)} TiB`;
  if (bytes >= GIB || bytes === 0) return `${number.format(bytes / GIB)} GiB`;
  return `${number.format(bytes / MIB)} MiB`;
}

/** With its unit: "1.5 cores", "8 GiB", "1 GPU". */
export function formatResource(resource: string, quantity: string | number): string {
  const value = parseQuantity(quantity);
  if (Number.isNaN(value)) return String(quantity);
  switch (resource) {
    case "cpu":
      return `${number.format(value)} ${value === 1 ? "core" : "cores"}`;
    case "memory":
    case "storage":
      return formatBytes(value);
    case "gpu":
      return `${number.format(value)} ${value === 1 ? "GPU" : "GPUs"}`;
    case "services":
      return `${number.format(value)} ${value === 1 ? "service" : "services"}`;
    default:
      return number.format(value);
  }
}

/** Before " of 8 cores": without its unit, unless the whole is said in another: "664 MiB of 64 GiB". */
export function formatAmount(resource: string, quantity: string | number, whole: string | number): string {
  const said = formatResource(resource, quantity);
  const [amount = "", unit] = said.split(" ");
  const ofBytes = resource === "memory" || resource === "storage";
  if (!ofBytes || amount === "0") return amount;
  return unit === formatResource(resource, whole).split(" ")[1] ? amount : said;
}

export const RESOURCE_TITLES: Record<string, string> = {
  cpu: "CPU",
  memory: "Memory",
  gpu: "GPU",
  storage: "Storage",
  services: "Services",
};

/** Devices go by their own names, such as nvidia.com/mig-1g.5gb. */
export const titleOf = (resource: string): string => RESOURCE_TITLES[resource] ?? resource;

/** What a slider counts in: cores, GiB, pieces. */
export function toSlider(resource: Resource, quantity: string | number): number {
  const value = parseQuantity(quantity);
  return resource === "memory" || resource === "storage" ? value / GIB : value;
}

/** The shortest exact quantity for what a slider says. */
export function fromSlider(resource: Resource, value: number): string | number {
  switch (resource) {
    case "cpu": {
      const millis = Math.round(value * 1000);
      return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
    }
    case "gpu":
      return Math.round(value);
    default: {
      const mebibytes = Math.round(value * 1024);
      return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
    }
  }
}
