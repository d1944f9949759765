import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { Kind, NewTenant, Tenant, TenantChange, TenantState } from "./types";

/** What changes by itself, such as a tenant being made, is asked for again this often. */
const MOVING_MS = 3_000;

export const quotaQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.quota(tenant),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}/quota", { params: { path: { tenant } }, signal })),
  });

export const isMoving = ({ state }: Pick<Tenant, "state">) =>
  state === "provisioning" || state === "deleting";

export const tenantQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.tenantItself(tenant),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}", { params: { path: { tenant } }, signal })),
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? MOVING_MS : false),
  });

export interface TenantFilter {
  search?: string;
  group?: string;
  kind?: Kind;
  state?: TenantState;
}

/** Page by page, the newest first. */
export const tenantsQuery = (filter: TenantFilter) =>
  infiniteQueryOptions({
    queryKey: keys.tenantList(filter),
    queryFn: ({ signal, pageParam }) =>
      answer(
        client.GET("/api/v1/tenants", {
          params: { query: pageParam === "" ? filter : { ...filter, cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ results }) => results.some(isMoving)) ? MOVING_MS : false,
  });

export const tenantSlugQuery = (displayName: string) =>
  queryOptions({
    queryKey: keys.tenantSlug(displayName),
    queryFn: async ({ signal }) => {
      const { slug } = await answer(
        client.GET("/api/v1/platform/tenant-slug", {
          params: { query: { display_name: displayName } },
          signal,
        }),
      );
      return slug;
    },
  });

export async function createTenant(body: NewTenant): Promise<Tenant> {
  return answer(client.POST("/api/v1/tenants", { body }));
}

export async function changeTenant(tenant: string, body: TenantChange): Promise<Tenant> {
  return answer(client.PATCH("/api/v1/tenants/{tenant}", { params: { path: { tenant } }, body }));
}

export async function suspendTenant(tenant: string, reason: string): Promise<Tenant> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/suspend", { params: { path: { tenant } }, body: { reason } }),
  );
}

export async function reactivateTenant(tenant: string): Promise<Tenant> {
  return answer(client.POST("/api/v1/tenants/{tenant}/reactivate", { params: { path: { tenant } } }));
}
