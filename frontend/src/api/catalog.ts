import { keepPreviousData, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import type { LaunchRequest } from "./types";

export interface ChartRef {
  tenant: string;
  catalog: string;
  chart: string;
}

export const chartsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.charts(tenant),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}/charts", { params: { path: { tenant } }, signal })),
    staleTime: 5 * 60_000,
  });

export const chartQuery = (path: ChartRef) =>
  queryOptions({
    queryKey: keys.chart(path.tenant, path.catalog, path.chart),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/charts/{catalog}/{chart}", { params: { path }, signal }),
      ),
    staleTime: 5 * 60_000,
  });

export const formQuery = (path: ChartRef, version: string | undefined) =>
  queryOptions({
    queryKey: keys.form(path.tenant, path.catalog, path.chart, version),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/charts/{catalog}/{chart}/form", {
          params: { path, query: version === undefined ? {} : { version } },
          signal,
        }),
      ),
    staleTime: 5 * 60_000,
  });

/** What a launch would be and take. Creates nothing. */
export const previewQuery = (path: ChartRef, request: Omit<LaunchRequest, "chart" | "catalog">) =>
  queryOptions({
    queryKey: keys.preview(path.tenant, path.catalog, path.chart, request),
    queryFn: ({ signal }) =>
      answer(
        client.POST("/api/v1/tenants/{tenant}/charts/{catalog}/{chart}/preview", {
          params: { path },
          body: request,
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 30_000,
  });
