export const RANGES = {
  month: "This month",
  last: "Last month",
  days: "Last 30 days",
  year: "Last 12 months",
} as const;
export type Range = keyof typeof RANGES;

const iso = (year: number, month: number, day: number) =>
  new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

/** As days of UTC, in which the platform counts. */
export function daysOf(range: Range, now: Date): { from: string; to: string; by: "day" | "month" } {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const today = iso(year, month, day);
  switch (range) {
    case "month":
      return { from: iso(year, month, 1), to: today, by: "day" };
    case "last":
      return { from: iso(year, month - 1, 1), to: iso(year, month, 0), by: "day" };
    case "days":
      return { from: iso(year, month, day - 29), to: today, by: "day" };
    case "year":
      return { from: iso(year, month - 11, 1), to: today, by: "month" };
  }
}
