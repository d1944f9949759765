import { queryOptions } from "@tanstack/react-query";

import { answer, client } from "./client";
import { keys } from "./keys";
import { asProblem } from "./problem";
import type { Me } from "./types";

/** Null: nobody is signed in. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: async ({ signal }): Promise<Me | null> => {
    try {
      return await answer(client.GET("/api/v1/me", { signal }));
    } catch (error) {
      if (asProblem(error).code === "not_signed_in") return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** Only places on this page: an address of elsewhere, or one that a browser reads so, becomes `/`. */
export function safeNext(next: string | null): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  return next !== null && /^\/(?![/\\])[^\\\x00-\x1f]*$/.test(next) ? next : "/";
}

export function signInAddress(next: string, options: { otherAccount?: boolean } = {}): string {
  const query = new URLSearchParams({ next: safeNext(next) });
  if (options.otherAccount) query.set("prompt", "login");
  return `/oidc/authenticate/?${query.toString()}`;
}

export const SIGN_OUT_ADDRESS = "/oidc/logout/";
