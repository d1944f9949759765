import { useSuspenseQuery } from "@tanstack/react-query";
import { createContext, use } from "react";

import { meQuery } from "@/api/accounts";
import type { Me, MyTenant, Service } from "@/api/types";

/** The signed-in person. Only below the guard, which shows the sign-in page to all others. */
export function useMe(): Me {
  const { data } = useSuspenseQuery(meQuery);
  if (data === null) throw new Error("useMe outside of the guard");
  return data;
}

export const TenantContext = createContext<MyTenant | null>(null);

/** The tenant that the address names, of which the person is a member. */
export function useTenant(): MyTenant {
  const tenant = use(TenantContext);
  if (tenant === null) throw new Error("useTenant outside of a tenant's pages");
  return tenant;
}

/** What the page offers. The server decides anyway. */
export function useRights() {
  const me = useMe();
  const { role } = useTenant();
  const admin = role === "admin" || me.is_platform_admin;
  return {
    isAdmin: admin,
    canChange: admin || role === "member",
    canManage: (service: Pick<Service, "owner">) =>
      admin || (role === "member" && service.owner.username === me.username),
  };
}
