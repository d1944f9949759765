import type { AuditFilter } from "@/api/audit";

/** What the address of the page says; days in the reader's own time zone. */
export interface PageFilter {
  type?: string;
  /** Short name; on the platform's page only. */
  tenant?: string;
  actor?: string;
  acting?: string;
  text?: string;
  /** Days such as 2026-03-01, both included. */
  since?: string;
  until?: string;
  request_id?: string;
}

const KEYS = ["type", "tenant", "actor", "acting", "text", "since", "until", "request_id"] as const;

export function filterOf(query: URLSearchParams): PageFilter {
  const pairs = KEYS.map((key) => [key, query.get(key) ?? ""] as const);
  return Object.fromEntries(pairs.filter(([, text]) => text !== ""));
}

/** As the API takes it: whole days become moments. A day that is none is left out. */
export function asAsked({ since, until, ...rest }: PageFilter): AuditFilter {
  const from = since && startOf(since, 0);
  const to = until && startOf(until, 1);
  return { ...rest, ...(from && { since: from }), ...(to && { until: to }) };
}

function startOf(day: string, daysLater: number): string | undefined {
  const [year, month, date] = day.split("-").map(Number);
  const at = new Date(year ?? NaN, (month ?? NaN) - 1, (date ?? NaN) + daysLater);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}
