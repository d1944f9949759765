import { Navigate } from "react-router";

import { EmptyState } from "@/components/EmptyState";
import { SignOutButton } from "@/features/accounts/SignOutButton";

import { addresses } from "./addresses";
import { readLastTenant } from "./lastTenant";
import { useMe } from "./session";

export function HomeRedirect() {
  const { tenants, email, username, is_platform_admin } = useMe();
  const last = readLastTenant();
  const tenant = tenants.find(({ slug }) => slug === last) ?? tenants[0];
  if (tenant !== undefined) return <Navigate to={addresses.catalog(tenant.slug)} replace />;
  if (is_platform_admin) return <Navigate to={addresses.tenants} replace />;
  return (
    <EmptyState icon="account" title="You are signed in, but belong to no tenant yet" action={<SignOutButton />}>
      Tools, files and secrets live in tenants, and somebody has to let you into one. Send{" "}
      <b>{email || username}</b> to an administrator of your tenant, or of Datalab: they add you under
      Members, or map a group that you are in. Then load this page again.
    </EmptyState>
  );
}
