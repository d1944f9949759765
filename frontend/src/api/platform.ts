import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";

/** For platform administrators only. */
export const platformQuery = queryOptions({
  queryKey: ["platform"] as const,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/platform", { signal })),
  staleTime: 60_000,
});
