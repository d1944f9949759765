import { Navigate } from "react-router";

import { EmptyState } from "@/components/EmptyState";
import { SignOutButton } from "@/features/accounts/SignOutButton";

import { addresses } from "./addresses";
import { readLastTenant } from "./lastTenant";
import { useMe } from "./session";

export function HomeRedirect() {
  const { tenants, email, username } = useMe();
  const last = readLastTenant();
  const tenant = tenants.find(({ slug }) => slug === last) ?? tenants[0];
  if (tenant !== undefined) return <Navigate to={addresses.catalog(tenant.slug)} replace />;
  return (
    <EmptyState icon="account" title="You are signed in, but belong to no tenant" action={<SignOutButton />}>
      Ask your administrator to add {email || username} to a tenant, then sign in again.
    </EmptyState>
  );
}
