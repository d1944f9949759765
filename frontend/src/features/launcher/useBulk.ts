import { useMutation, useQueryClient } from "@tanstack/react-query";

import type { ListedService } from "@/api/allServices";
import { keys } from "@/api/keys";
import { removeService, tellService } from "@/api/services";
import { notifyDone, notifyProblem } from "@/components/notify";

interface Bulk {
  verb: "pause" | "remove";
  services: ListedService[];
}

/** One after the other, so that a long selection does not fall on the platform all at once. */
export function useBulk() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ verb, services }: Bulk) => {
      const failed: { name: string; error: unknown }[] = [];
      for (const { id, name, tenant } of services) {
        const path = { tenant: tenant.slug, service: id };
        try {
          await (verb === "remove" ? removeService(path) : tellService(path, verb));
        } catch (error) {
          failed.push({ name, error });
        }
      }
      return failed;
    },
    onSuccess: (failed, { verb, services }) => {
      for (const { name, error } of failed.slice(0, 3)) {
        notifyProblem(`${name} could not be ${verb === "pause" ? "paused" : "removed"}`, error);
      }
      const done = services.length - failed.length;
      if (done > 0) notifyDone(verb === "pause" ? `${done} being paused` : `${done} being removed`);
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.allServices }),
        queries.invalidateQueries({ queryKey: keys.tenants }),
      ]),
  });
}
