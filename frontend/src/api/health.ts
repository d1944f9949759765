import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";

const LOOK_EVERY_MS = 5_000;

/** For platform administrators only. Looks again by itself. */
export const healthQuery = queryOptions({
  queryKey: keys.health,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/platform/health", { signal })),
  refetchInterval: LOOK_EVERY_MS,
});
