import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import type { Deletion } from "./types";

const LOOK_AGAIN_MS = 1_500;

/** What goes with a tenant; once it is ordered, how far it is. */
export const deletionQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.deletion(tenant),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}/deletion", { params: { path: { tenant } }, signal })),
    refetchInterval: ({ state }) => (state.data?.removal ? LOOK_AGAIN_MS : false),
    // Its confirmation ends: it is asked for anew each time that somebody looks.
    staleTime: 0,
    gcTime: 0,
  });

interface DeletionOrder {
  confirmation: string;
  retention_days: number;
  name: string;
}

export async function deleteTenant(tenant: string, query: DeletionOrder): Promise<Deletion> {
  return answer(client.DELETE("/api/v1/tenants/{tenant}", { params: { path: { tenant }, query } }));
}

export async function cancelDeletion(tenant: string): Promise<Deletion> {
  return answer(client.POST("/api/v1/tenants/{tenant}/deletion/cancel", { params: { path: { tenant } } }));
}
