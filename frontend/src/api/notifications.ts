import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";

const ASK_AGAIN_MS = 30_000;

export const notificationsQuery = queryOptions({
  queryKey: keys.notifications,
  queryFn: ({ signal }) =>
    answer(client.GET("/api/v1/me/notifications", { params: { query: { page_size: 20 } }, signal })),
  refetchInterval: ASK_AGAIN_MS,
});

export async function markAllRead(): Promise<void> {
  await client.POST("/api/v1/me/notifications/read", { body: {} });
}
