import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";

const LOOK_EVERY_MS = 5_000;

/** What the machines have left now, and what the quota leaves: for the sizes and for each preset. */
export const roomQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.room(tenant),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}/room", { params: { path: { tenant } }, signal })),
    refetchInterval: LOOK_EVERY_MS,
  });
