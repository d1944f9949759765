import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";

const MOST_RETRIES = 3;

/** Whoever is signed out anywhere is signed out everywhere: the guard shows the sign-in page. */
export function createQueries(): QueryClient {
  const noticeSignOut = (error: unknown) => {
    if (asProblem(error).code === "not_signed_in") client.setQueryData(keys.me, null);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: noticeSignOut }),
    mutationCache: new MutationCache({ onError: noticeSignOut }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // Only silence may pass by itself; an answer of the platform is an answer.
        retry: (failures, error) => asProblem(error).unreachable && failures < MOST_RETRIES,
        networkMode: "always",
      },
      mutations: { networkMode: "always" },
    },
  });
  return client;
}
