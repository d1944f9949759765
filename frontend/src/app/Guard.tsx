import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Navigate, useLocation } from "react-router";

import { meQuery } from "@/api/accounts";
import { PageSkeleton } from "@/components/PageSkeleton";

import { UnreachablePage } from "./UnreachablePage";

const ASK_AGAIN_MS = 5_000;

/** Shows what is inside to whoever is signed in, and the sign-in page to everybody else. */
export function Guard({ children }: { children: ReactNode }) {
  const { data: me, error, refetch } = useQuery({
    ...meQuery,
    refetchInterval: ({ state }) => (state.status === "error" ? ASK_AGAIN_MS : false),
  });
  const { pathname, search } = useLocation();
  if (me === undefined) {
    return error ? <UnreachablePage error={error} onRetry={refetch} /> : <PageSkeleton full />;
  }
  if (me === null) {
    const query = new URLSearchParams({ next: pathname + search });
    return <Navigate to={`/sign-in?${query.toString()}`} replace />;
  }
  return children;
}
