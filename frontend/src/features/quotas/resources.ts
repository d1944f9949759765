import { formatResource, parseQuantity } from "@/components/quantity";

export const COUNTED = ["cpu", "memory", "gpu", "storage", "services"] as const;
export type Counted = (typeof COUNTED)[number];

/** What people type in: "4", "8Gi", "2". Empty says nothing about it. */
export type Typed = Partial<Record<Counted, string>>;

export const PLACEHOLDERS: Record<Counted, string> = {
  cpu: "4 or 500m",
  memory: "8Gi",
  gpu: "1",
  storage: "100Gi",
  services: "5",
};

/** As the API takes it: whole numbers for what is counted in pieces. */
export function asLimits(typed: Typed): Record<string, never> {
  const pairs = COUNTED.filter((name) => (typed[name] ?? "").trim() !== "").map((name) => {
    const text = (typed[name] ?? "").trim();
    return [name, name === "gpu" || name === "services" ? pieces(text) : text];
  });
  return Object.fromEntries(pairs) as Record<string, never>;
}

/** What is no number goes as it is, so that the server says so: as JSON, NaN would be null. */
export function pieces(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : (text as unknown as number);
}

/** Only what differs: what is cleared becomes null. */
export function changed(before: Typed, after: Typed): Record<string, string | number | null> {
  const cleared = COUNTED.filter((name) => (before[name] ?? "") !== "" && (after[name] ?? "").trim() === "");
  const other = COUNTED.filter((name) => (after[name] ?? "").trim() !== (before[name] ?? ""));
  const kept: Typed = Object.fromEntries(other.map((name) => [name, after[name] ?? ""]));
  const set: Record<string, string | number> = asLimits(kept);
  return { ...set, ...Object.fromEntries(cleared.map((name) => [name, null])) };
}

export function typed(amounts: Partial<Record<Counted, string | number>>): Typed {
  return Object.fromEntries(
    COUNTED.filter((name) => amounts[name] !== undefined).map((name) => [name, String(amounts[name])]),
  );
}

/** "4 cores, 8 GiB memory"; what is 0 is left out. */
export function inWords(amounts: object): string {
  const parts = Object.entries(amounts).flatMap(([name, amount]) =>
    name === "devices"
      ? Object.entries(amount as Record<string, number>).map(([device, count]) => `${count} ${device}`)
      : partInWords(name, amount as string | number),
  );
  return parts.join(", ");
}

function partInWords(name: string, amount: string | number): string[] {
  if (parseQuantity(amount) === 0) return [];
  const ofBytes = name === "memory" || name === "storage";
  return [formatResource(name, amount) + (ofBytes ? ` ${name}` : "")];
}
