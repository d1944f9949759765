import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { cursorOf } from "./pagination";
import type { LaunchRequest, Service, UpgradeRequest } from "./types";

export interface ServiceRef {
  tenant: string;
  service: string;
}

/** More pages than any quota of services has. */
const MOST_PAGES = 20;

async function allServices(tenant: string, signal: AbortSignal): Promise<Service[]> {
  const all: Service[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const query = cursor === undefined ? {} : { cursor };
    const { results, next } = await answer(
      client.GET("/api/v1/tenants/{tenant}/services", {
        params: { path: { tenant }, query },
        signal,
      }),
    );
    all.push(...results);
    cursor = cursorOf(next);
    if (cursor === undefined) break;
  }
  return all;
}

export const servicesQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.services(tenant),
    queryFn: ({ signal }) => allServices(tenant, signal),
  });

export const serviceQuery = (path: ServiceRef) =>
  queryOptions({
    queryKey: keys.service(path.tenant, path.service),
    queryFn: ({ signal }) =>
      answer(client.GET("/api/v1/tenants/{tenant}/services/{service}", { params: { path }, signal })),
  });

/** The same key twice is the same service, so that a double click launches once. */
export async function launchService(
  tenant: string,
  request: LaunchRequest,
  idempotencyKey: string,
): Promise<Service> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/services", {
      params: { path: { tenant }, header: { "Idempotency-Key": idempotencyKey } },
      body: request,
    }),
  );
}

export type ServiceVerb = "pause" | "resume" | "restart";

export async function tellService(path: ServiceRef, verb: ServiceVerb): Promise<Service> {
  return answer(client.POST(`/api/v1/tenants/{tenant}/services/{service}/${verb}`, { params: { path } }));
}

/** All sizes at once: one that neither is said nor the preset's would go back to the chart's default. */
export async function changeSize(
  path: ServiceRef,
  size: Pick<LaunchRequest, "preset" | "resources">,
): Promise<Service> {
  return answer(
    client.PATCH("/api/v1/tenants/{tenant}/services/{service}", {
      params: { path },
      body: size,
    }),
  );
}

/** What an upgrade would change. `version` left out: the one that is offered. */
export const upgradeQuery = (path: ServiceRef, version: string | undefined) =>
  queryOptions({
    queryKey: keys.upgrade(path.tenant, path.service, version),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/services/{service}/upgrade", {
          params: { path, query: version === undefined ? {} : { version } },
          signal,
        }),
      ),
  });

export async function upgradeService(path: ServiceRef, body: UpgradeRequest): Promise<Service> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/services/{service}/upgrade", { params: { path }, body }),
  );
}

export async function rollBackService(path: ServiceRef, revision: number): Promise<Service> {
  return answer(
    client.POST("/api/v1/tenants/{tenant}/services/{service}/rollback", {
      params: { path },
      body: { revision },
    }),
  );
}

export const revisionsQuery = (path: ServiceRef) =>
  queryOptions({
    queryKey: keys.revisions(path.tenant, path.service),
    queryFn: ({ signal }) =>
      answer(
        client.GET("/api/v1/tenants/{tenant}/services/{service}/revisions", { params: { path }, signal }),
      ),
  });

export async function removeService(path: ServiceRef): Promise<void> {
  await client.DELETE("/api/v1/tenants/{tenant}/services/{service}", { params: { path } });
}

export async function readLogs(path: ServiceRef, tail: number): Promise<string> {
  const { text } = await answer(
    client.GET("/api/v1/tenants/{tenant}/services/{service}/logs", {
      params: { path, query: { tail } },
    }),
  );
  return text;
}
