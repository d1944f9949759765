import { useEffect } from "react";
import { Outlet, useParams } from "react-router";

import { asProblem } from "@/api/problem";
import { PageSkeleton } from "@/components/PageSkeleton";
import { ProblemNotice } from "@/components/ProblemNotice";
import { useServiceEvents } from "@/features/launcher/useServiceEvents";
import { TenantBanner } from "@/features/tenants/TenantBanner";

import { useTenantOf } from "./currentTenant";
import { keepLastTenant } from "./lastTenant";
import { NotFoundPage } from "./NotFoundPage";
import { TenantContext } from "./session";

/** All pages of the tenant in the address; of a tenant that is not one's own, as of one that is not. */
export function TenantPages() {
  const { tenant: slug } = useParams();
  const { tenant, isPending, error } = useTenantOf(slug);
  const found = tenant?.slug;
  useEffect(() => {
    if (found !== undefined) keepLastTenant(found);
  }, [found]);
  useServiceEvents(found);
  if (tenant === undefined) {
    if (isPending) return <PageSkeleton />;
    if (error && asProblem(error).code !== "not_found") {
      return <ProblemNotice title="The tenant cannot be shown" error={error} />;
    }
    return <NotFoundPage />;
  }
  return (
    <TenantContext value={tenant}>
      <TenantBanner slug={tenant.slug} />
      <Outlet key={tenant.slug} />
    </TenantContext>
  );
}
