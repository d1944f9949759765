import type { ChartSummary } from "@/api/types";

/** Every word must occur somewhere in what the chart says about itself. */
export function matchesSearch(chart: ChartSummary, search: string): boolean {
  const text = [chart.name, chart.title, chart.description, ...chart.keywords].join(" ").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
