import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { NewWebhook, ShownWebhook } from "./types";

const MOVING_MS = 5_000;

export const webhooksQuery = queryOptions({
  queryKey: keys.webhooks,
  queryFn: ({ signal }) => answer(client.GET("/api/v1/webhooks", { signal })),
  refetchInterval: MOVING_MS,
});

export const deliveriesQuery = (webhook: string) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(webhook),
    queryFn: ({ signal, pageParam }) =>
      answer(
        client.GET("/api/v1/webhooks/{webhook}/deliveries", {
          params: {
            path: { webhook },
            query: { page_size: 10, ...(pageParam !== "" && { cursor: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => cursorOf(next),
    refetchInterval: MOVING_MS,
  });

export const addWebhook = (body: NewWebhook): Promise<ShownWebhook> =>
  answer(client.POST("/api/v1/webhooks", { body }));

const at = (webhook: string) => ({ params: { path: { webhook } } });

export async function enableWebhook(webhook: string, enabled: boolean): Promise<void> {
  await client.PATCH("/api/v1/webhooks/{webhook}", { ...at(webhook), body: { enabled } });
}

export async function testWebhook(webhook: string): Promise<void> {
  await client.POST("/api/v1/webhooks/{webhook}/test", at(webhook));
}

export async function removeWebhook(webhook: string): Promise<void> {
  await client.DELETE("/api/v1/webhooks/{webhook}", at(webhook));
}

/** The former secret signs nothing any more. */
export const replaceSecret = (webhook: string): Promise<ShownWebhook> =>
  answer(client.POST("/api/v1/webhooks/{webhook}/secret", at(webhook)));

export async function sendAgain(webhook: string, delivery: number): Promise<void> {
  await client.POST("/api/v1/webhooks/{webhook}/deliveries/{delivery}/again", {
    params: { path: { webhook, delivery } },
  });
}
