import { useQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { tenantQuery } from "@/api/tenants";
import type { MyTenant } from "@/api/types";

import { readLastTenant } from "./lastTenant";
import { useMe } from "./session";

interface Found {
  tenant: MyTenant | undefined;
  /** Whether it is still asked for. */
  isPending: boolean;
  error: unknown;
}

/** A tenant as this person sees it: with their role, or as an administrator of the platform. */
export function useTenantOf(slug: string | null | undefined): Found {
  const me = useMe();
  const mine = me.tenants.find((one) => one.slug === slug);
  const asks = mine === undefined && me.is_platform_admin && Boolean(slug);
  const { data, isPending, error } = useQuery({ ...tenantQuery(slug ?? ""), enabled: asks });
  if (!asks) return { tenant: mine, isPending: false, error: null };
  const tenant = data && { slug: data.slug, display_name: data.display_name, role: "admin" as const };
  return { tenant, isPending, error };
}

/** The tenant in the address, else the last one, else the first, so that the menu is never empty. */
export function useCurrentTenant(): MyTenant | undefined {
  const { tenants } = useMe();
  const params = useParams();
  const { tenant } = useTenantOf(params.tenant ?? readLastTenant());
  return tenant ?? tenants[0];
}
