import { NotFoundPage } from "@/app/NotFoundPage";
import { useMe, useTenant } from "@/app/session";
import { PageHeading } from "@/components/PageHeading";

import { SelectedServices } from "./SelectedServices";

/** Everybody's services of one tenant, for its admins. */
export default function AllServicesPage() {
  const tenant = useTenant();
  const { is_platform_admin } = useMe();
  if (tenant.role !== "admin" && !is_platform_admin) return <NotFoundPage />;
  return (
    <>
      <PageHeading title="All services">
        What everybody runs in {tenant.display_name}: whose it is, how old, and why it is as it is.
      </PageHeading>
      <SelectedServices tenant={tenant} />
    </>
  );
}
