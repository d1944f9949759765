import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import type { Ask, Capacity, GrantOf, OwnLimits, Quota, QuotaRequest, TenantLimits } from "./types";

const at = (tenant: string) => ({ params: { path: { tenant } } });
const one = (tenant: string, id: string) => ({ params: { path: { tenant, request_id: id } } });

export async function changeLimits(tenant: string, limits: TenantLimits): Promise<Quota> {
  return answer(client.PUT("/api/v1/tenants/{tenant}/quota", { ...at(tenant), body: { limits } }));
}

/** Of one member; without a name of everybody who has no limits of their own. */
export async function changeOwnLimits(tenant: string, user: string | null, limits: OwnLimits): Promise<Quota> {
  if (user === null) {
    return answer(
      client.PUT("/api/v1/tenants/{tenant}/quota/member-default", { ...at(tenant), body: { limits } }),
    );
  }
  return answer(
    client.PUT("/api/v1/tenants/{tenant}/quota/members/{user}", {
      params: { path: { tenant, user } },
      body: { limits },
    }),
  );
}

/** The newest page is enough for a page of a tenant. */
export const quotaRequestsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.quotaRequests(tenant),
    queryFn: async ({ signal }) => {
      const path = { path: { tenant } };
      const page = await answer(
        client.GET("/api/v1/tenants/{tenant}/quota/requests", { params: path, signal }),
      );
      return page.results;
    },
  });

export const openRequestsQuery = queryOptions({
  queryKey: keys.openRequests,
  queryFn: async ({ signal }) => {
    const params = { query: { state: "open" as const } };
    const page = await answer(client.GET("/api/v1/capacity/requests", { params, signal }));
    return page.results;
  },
});

export async function askForMore(tenant: string, body: Ask): Promise<QuotaRequest> {
  return answer(client.POST("/api/v1/tenants/{tenant}/quota/requests", { ...at(tenant), body }));
}

export async function grantRequest(tenant: string, id: string, body: GrantOf): Promise<QuotaRequest> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/quota/requests/{request_id}/grant", { ...one(tenant, id), body }),
  );
}

export async function refuseRequest(tenant: string, id: string, reply: string): Promise<QuotaRequest> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/quota/requests/{request_id}/refuse", {
      ...one(tenant, id),
      body: { answer: reply },
    }),
  );
}

export async function withdrawRequest(tenant: string, id: string): Promise<QuotaRequest> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/quota/requests/{request_id}/withdraw", one(tenant, id)),
  );
}

export const capacityQuery = queryOptions({
  queryKey: keys.capacity,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/capacity", { signal })),
});

export async function changeCapacity(resources: Record<string, string | null>): Promise<Capacity> {
  return answer(client.PUT("/api/v1/capacity", { body: { resources } }));
}
