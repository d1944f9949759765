import { NotFoundPage } from "@/app/NotFoundPage";
import { useMe, useTenant } from "@/app/session";

import { AuditView } from "./AuditView";

export default function TenantAuditPage() {
  const { slug, display_name, role } = useTenant();
  const { is_platform_admin } = useMe();
  if (role !== "admin" && !is_platform_admin) return <NotFoundPage />;
  return (
    <AuditView tenant={slug}>
      Who did what in {display_name}, and who was refused. Nothing here can be changed or deleted.
    </AuditView>
  );
}
