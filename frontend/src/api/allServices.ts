import { infiniteQueryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { Phase, Service } from "./types";

const LOOK_AGAIN_MS = 10_000;

export interface ServiceFilter {
  search?: string;
  phase?: Phase;
  owner?: string;
  chart?: string;
  group?: string;
  tenant?: string;
  older_than_days?: number;
}

/** One of a list over many people, and where the platform is asked, over many tenants. */
export interface ListedService extends Service {
  tenant: { slug: string; display_name: string };
}

interface Of {
  slug: string;
  display_name: string;
}

/** Everybody's services, page by page, the newest first: one tenant's, or without one all tenants'. */
export const selectedServicesQuery = (tenant: Of | undefined, filter: ServiceFilter) =>
  infiniteQueryOptions({
    queryKey: keys.selectedServices(tenant?.slug, filter),
    queryFn: async ({ signal, pageParam }): Promise<{ results: ListedService[]; next: string | null }> => {
      const query = pageParam === "" ? filter : { ...filter, cursor: pageParam };
      if (tenant === undefined) {
        return answer(client.GET("/api/v1/services", { params: { query }, signal }));
      }
      const page = await answer(
        client.GET("/api/v1/tenants/{tenant}/services", {
          params: { path: { tenant: tenant.slug }, query },
          signal,
        }),
      );
      return { ...page, results: page.results.map((one) => ({ ...one, tenant })) };
    },
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
    refetchInterval: LOOK_AGAIN_MS,
  });
