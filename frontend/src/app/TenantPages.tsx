import { useEffect } from "react";
import { Outlet, useParams } from "react-router";

import { useServiceEvents } from "@/features/launcher/useServiceEvents";

import { keepLastTenant } from "./lastTenant";
import { NotFoundPage } from "./NotFoundPage";
import { TenantContext, useMe } from "./session";

/** All pages of the tenant in the address; of a tenant that is not one's own, as of one that is not. */
export function TenantPages() {
  const { tenant: slug } = useParams();
  const tenant = useMe().tenants.find((one) => one.slug === slug);
  useEffect(() => {
    if (tenant) keepLastTenant(tenant.slug);
  }, [tenant]);
  useServiceEvents(tenant?.slug);
  if (tenant === undefined) return <NotFoundPage />;
  return (
    <TenantContext value={tenant}>
      <Outlet key={tenant.slug} />
    </TenantContext>
  );
}
