import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";

export interface AuditFilter {
  type?: string;
  /** Of the whole platform's events only. */
  tenant?: string;
  actor?: string;
  acting?: string;
  text?: string;
  since?: string;
  until?: string;
  request_id?: string;
}

/** Null: of the whole platform. */
export type AuditOf = string | null;

export const auditQuery = (tenant: AuditOf, filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.audit(tenant, filter),
    queryFn: ({ signal, pageParam }) => {
      const query = pageParam === "" ? filter : { ...filter, cursor: pageParam };
      return answer(
        tenant === null
          ? client.GET("/api/v1/audit", { params: { query }, signal })
          : client.GET("/api/v1/tenants/{tenant}/audit", {
              params: { path: { tenant }, query },
              signal,
            }),
      );
    },
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
  });

export const eventTypesQuery = queryOptions({
  queryKey: keys.eventTypes,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/audit/types", { signal })),
  staleTime: Infinity,
});

/** Where a browser downloads the events as JSON lines. */
export function exportAddress(tenant: AuditOf, filter: AuditFilter): string {
  const place = tenant === null ? "/api/v1/audit" : `/api/v1/tenants/${encodeURIComponent(tenant)}/audit`;
  const query = new URLSearchParams({ ...filter }).toString();
  return `${place}/export${query === "" ? "" : `?${query}`}`;
}
