import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import type { NewPrices, Prices, PriceVersion, Usage } from "./types";

export type TenantGroup = "member" | "chart" | "service";
export type PlatformGroup = "tenant" | "group";

/** Days of UTC, both included. */
export interface UsageAsked<Group extends string> {
  from: string;
  to: string;
  by: "day" | "month";
  group_by: Group;
}

const KEPT_MS = 60_000;

export const usageQuery = (tenant: string, query: UsageAsked<TenantGroup>) =>
  queryOptions({
    queryKey: keys.usage(tenant, query),
    queryFn: ({ signal }): Promise<Usage> =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/usage", { params: { path: { tenant }, query }, signal }),
      ),
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
  });

export const platformUsageQuery = (query: UsageAsked<PlatformGroup>) =>
  queryOptions({
    queryKey: keys.platformUsage(query),
    queryFn: ({ signal }): Promise<Usage> =>
      answer(client.GET("/api/v1/usage", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: KEPT_MS,
  });

/** Where the browser downloads the same as a table. Null: of all tenants. */
export function usageTable(tenant: string | null, query: UsageAsked<string>): string {
  const where = tenant === null ? "usage.csv" : `tenants/${encodeURIComponent(tenant)}/usage.csv`;
  return `/api/v1/${where}?${new URLSearchParams({ ...query }).toString()}`;
}

export const serviceUsageQuery = (tenant: string, service: string) =>
  queryOptions({
    queryKey: keys.serviceUsage(tenant, service),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/usage/{service_id}", {
          params: { path: { tenant, service_id: service } },
          signal,
        }),
      ),
    staleTime: KEPT_MS,
  });

export const pricesQuery = queryOptions({
  queryKey: keys.prices,
  queryFn: ({ signal }): Promise<Prices> => answer(client.GET("/api/v1/prices", { signal })),
});

export async function setPrices(body: NewPrices): Promise<PriceVersion> {
  return answer(client.PUT("/api/v1/prices", { body }));
}
