import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import type { Secret } from "./types";

export const secretsQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.secrets(tenant),
    queryFn: async ({ signal }) => {
      const { results } = await answer(
        client.GET("/api/v1/tenants/{tenant}/secrets", { params: { path: { tenant } }, signal }),
      );
      return results.map((entry) => entry.path).sort((a, b) => a.localeCompare(b));
    },
  });

/** Values leave the page's memory as soon as nothing shows them. */
export const secretQuery = (tenant: string, path: string) =>
  queryOptions({
    queryKey: keys.secret(tenant, path),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/secrets/{path}", {
          params: { path: { tenant, path } },
          signal,
        }),
      ),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

/** `version` 0 creates; another replaces exactly that one, else a conflict. */
export async function writeSecret(
  tenant: string,
  path: string,
  data: Record<string, string>,
  version: number,
): Promise<Secret> {
  return answer(
    client.PUT("/api/v1/tenants/{tenant}/secrets/{path}", {
      params: { path: { tenant, path } },
      body: { data, version },
    }),
  );
}

export async function deleteSecret(tenant: string, path: string): Promise<void> {
  await client.DELETE("/api/v1/tenants/{tenant}/secrets/{path}", {
    params: { path: { tenant, path } },
  });
}
