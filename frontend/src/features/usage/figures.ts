import type { Usage, UsageGroup, UsageRow } from "@/api/types";
import type { Column } from "@/components/bars";
import { MOST_SERIES, type Series } from "@/components/StackedBars";

export const FIGURES = {
  cost: "Cost",
  cpu_hours: "Core hours",
  memory_gib_hours: "Memory, GiB hours",
  gpu_hours: "GPU hours",
  storage_gib_hours: "Storage, GiB hours",
} as const;
export type Figure = keyof typeof FIGURES;
export const ALL_FIGURES = Object.keys(FIGURES) as Figure[];

const REST = "…rest";

export const valueOf = (one: Pick<UsageGroup, Figure>, figure: Figure) => Number(one[figure] ?? 0);

const hours = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const small = new Intl.NumberFormat("en", { maximumSignificantDigits: 2 });

export function formatFigure(figure: Figure, value: number, currency: string | null): string {
  if (figure !== "cost") return value > 0 && value < 0.1 ? small.format(value) : hours.format(value);
  return formatMoney(value, currency);
}

/** Two decimals; of less than a cent what there is of it. */
export function formatMoney(value: number, currency: string | null): string {
  if (currency === null) return "–";
  const style = { style: "currency", currency } as const;
  const tiny = value !== 0 && Math.abs(value) < 0.01;
  return new Intl.NumberFormat("en", tiny ? { ...style, maximumSignificantDigits: 2 } : style).format(value);
}

/** The greatest first; what is more than the colours is one series. */
export function seriesOf(groups: UsageGroup[], figure: Figure): Series[] {
  const used = groups
    .filter((group) => valueOf(group, figure) > 0)
    .sort((one, two) => valueOf(two, figure) - valueOf(one, figure))
    .map(({ key, title }) => ({ key, title }));
  if (used.length <= MOST_SERIES) return used;
  const rest = used.length - MOST_SERIES + 1;
  return [...used.slice(0, MOST_SERIES - 1), { key: REST, title: `${rest} more` }];
}

/** Every period of the range, also those without any use. */
export function columnsOf(usage: Usage, series: Series[], figure: Figure): Column[] {
  const byPeriod = new Map<string, UsageRow[]>();
  for (const row of usage.rows) byPeriod.set(row.period, [...(byPeriod.get(row.period) ?? []), row]);
  return periodsOf(usage).map((period) => {
    const values = Object.fromEntries(series.map(({ key }) => [key, 0]));
    for (const row of byPeriod.get(period) ?? []) {
      const key = row.key in values ? row.key : REST;
      if (key in values) values[key] = (values[key] ?? 0) + valueOf(row, figure);
    }
    return { label: labelOf(period), values };
  });
}

/** Dates as text, so that no time zone can move them. */
export function periodsOf({ from_day, to_day, by }: Pick<Usage, "from_day" | "to_day" | "by">): string[] {
  const periods: string[] = [];
  const at = new Date(`${from_day}T00:00:00Z`);
  if (by === "month") at.setUTCDate(1);
  while (at.toISOString().slice(0, 10) <= to_day) {
    periods.push(at.toISOString().slice(0, by === "month" ? 7 : 10));
    if (by === "month") at.setUTCMonth(at.getUTCMonth() + 1);
    else at.setUTCDate(at.getUTCDate() + 1);
  }
  return periods;
}

export function labelOf(period: string): string {
  const isMonth = period.length === 7;
  const day = new Date(`${period}${isMonth ? "-01" : ""}T00:00:00Z`);
  const parts: Intl.DateTimeFormatOptions = isMonth
    ? { month: "short", year: "2-digit" }
    : { day: "numeric", month: "short" };
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: "UTC" }).format(day);
}
