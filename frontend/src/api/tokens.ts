import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { NewToken, TokenRequest } from "./types";

export const tokensQuery = queryOptions({
  queryKey: keys.tokens,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/tokens", { signal })),
});

export async function createToken(body: TokenRequest): Promise<NewToken> {
  return answer(client.POST("/api/v1/tokens", { body }));
}

export async function revokeToken(token: string): Promise<void> {
  await client.DELETE("/api/v1/tokens/{token_id}", { params: { path: { token_id: token } } });
}

/** Those that reach a tenant, for its admins. */
export const tenantTokensQuery = (tenant: string) =>
  infiniteQueryOptions({
    queryKey: keys.tenantTokens(tenant),
    queryFn: ({ signal, pageParam }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/tokens", {
          params: { path: { tenant }, query: pageParam === "" ? {} : { cursor: pageParam } },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
  });

/** The token no longer reaches the tenant. */
export async function takeOutToken(tenant: string, token: string): Promise<void> {
  await client.DELETE("/api/v1/tenants/{tenant}/tokens/{token_id}", {
    params: { path: { tenant, token_id: token } },
  });
}
