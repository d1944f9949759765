import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { removeService, type ServiceVerb, tellService } from "@/api/services";
import type { Service } from "@/api/types";
import { notifyProblem } from "@/components/notify";

const FAILED: Record<ServiceVerb | "remove", string> = {
  pause: "could not be paused",
  resume: "could not be resumed",
  restart: "could not be restarted",
  remove: "could not be removed",
};

/** What a person can do to one service. The list shows the outcome as soon as it is accepted. */
export function useServiceActions(tenant: string, service: Service) {
  const queries = useQueryClient();
  const path = { tenant, service: service.id };
  return useMutation({
    mutationFn: async (verb: ServiceVerb | "remove") => {
      if (verb === "remove") await removeService(path);
      else await tellService(path, verb);
    },
    onError: (error, verb) => notifyProblem(`${service.name} ${FAILED[verb]}`, error),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.services(tenant) }),
        queries.invalidateQueries({ queryKey: keys.service(tenant, service.id) }),
        queries.invalidateQueries({ queryKey: keys.quota(tenant) }),
      ]),
  });
}
