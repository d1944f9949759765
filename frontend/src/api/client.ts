import createClient, { type Middleware } from "openapi-fetch";

import { reportReachable } from "./connection";
import { Problem, problemOf } from "./problem";
import type { paths } from "./schema";

const CSRF_COOKIE = "__Host-datalab_csrf";

export function csrfToken(): string {
  const pairs = document.cookie.split("; ").map((pair) => pair.split("="));
  return pairs.find(([name]) => name === CSRF_COOKIE)?.[1] ?? "";
}

/** Slashes stay: a secret's path is part of the address, and proxies refuse encoded ones. */
export function fillPath(template: string, values: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    String(values[name]).split("/").map(encodeURIComponent).join("/"),
  );
}

const asThePage: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRFToken", csrfToken());
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) {
      reportReachable(true);
      return undefined;
    }
    const problem = await problemOf(response);
    reportReachable(!problem.unreachable);
    throw problem;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return undefined;
    if (error instanceof Problem) return error;
    reportReachable(false);
    return new Problem(0, {});
  },
};

export const client = createClient<paths>({
  baseUrl: location.origin,
  // Looked up at each call, so that tests can put their own platform in its place.
  fetch: (request) => globalThis.fetch(request),
  pathSerializer: fillPath,
});
client.use(asThePage);

/** The body of an answer; everything that is not 2xx has been thrown as a Problem. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}
