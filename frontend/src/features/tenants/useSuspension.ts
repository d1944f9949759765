import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { reactivateTenant, suspendTenant } from "@/api/tenants";
import type { Tenant } from "@/api/types";
import { notifyDone, notifyProblem } from "@/components/notify";

/** Suspend with a reason, and the way back. */
export function useSuspension({ slug, display_name }: Tenant) {
  const queries = useQueryClient();
  const onSettled = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.tenants }),
      queries.invalidateQueries({ queryKey: keys.tenant(slug) }),
    ]);
  const suspend = useMutation({
    mutationFn: (reason: string) => suspendTenant(slug, reason),
    onSuccess: () => notifyDone(`${display_name} is suspended`, "What ran in it is being paused."),
    onSettled,
  });
  const reactivate = useMutation({
    mutationFn: () => reactivateTenant(slug),
    onSuccess: () => notifyDone(`${display_name} is active again`, "What ran before starts as far as the quota allows."),
    onError: (error) => notifyProblem(`${display_name} was not reactivated`, error),
    onSettled,
  });
  return { suspend, reactivate };
}
