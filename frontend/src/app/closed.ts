import { useQuery } from "@tanstack/react-query";

import { tenantQuery } from "@/api/tenants";
import type { Tenant } from "@/api/types";

import { useTenant } from "./session";

/** Why nothing can be started or changed in this tenant now; null where it can. */
export function useWhyClosed(): string | null {
  const { slug } = useTenant();
  const { data } = useQuery(tenantQuery(slug));
  return data === undefined ? null : whyClosed(data);
}

/** One sentence for a button; the banner of the tenant's pages says it all. */
export function whyClosed({ state, display_name, suspension }: Tenant): string | null {
  switch (state) {
    case "suspended":
      return suspension === null
        ? `${display_name} is suspended.`
        : `${display_name} is suspended: ${suspension.reason}. Ask ${suspension.by}.`;
    case "deleting":
      return `${display_name} is being deleted.`;
    default:
      return null;
  }
}
