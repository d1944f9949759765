import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";

export const quotaQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.quota(tenant),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}/quota", { params: { path: { tenant } }, signal })),
  });
