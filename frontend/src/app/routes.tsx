import { lazy } from "react";
import { Navigate, type RouteObject } from "react-router";

import { SignInPage } from "@/features/accounts/SignInPage";
import { CatalogPage } from "@/features/catalog/CatalogPage";
import { ServicesPage } from "@/features/launcher/ServicesPage";

import { BrokenPage } from "./BrokenPage";
import { Guard } from "./Guard";
import { HomeRedirect } from "./HomeRedirect";
import { NotFoundPage } from "./NotFoundPage";
import { Shell } from "./Shell";
import { TenantPages } from "./TenantPages";

const LaunchPage = lazy(() => import("@/features/launcher/LaunchPage"));
const ServicePage = lazy(() => import("@/features/launcher/ServicePage"));
const SecretsPage = lazy(() => import("@/features/vault/SecretsPage"));
const NewSecretPage = lazy(() => import("@/features/vault/NewSecretPage"));
const SecretPage = lazy(() => import("@/features/vault/SecretPage"));
const DeleteTenantPage = lazy(() => import("@/features/tenants/DeleteTenantPage"));
const AllServicesPage = lazy(() => import("@/features/launcher/AllServicesPage"));
const PlatformServicesPage = lazy(() => import("@/features/launcher/PlatformServicesPage"));
const TenantsPage = lazy(() => import("@/features/tenants/TenantsPage"));
const TenantTokensPage = lazy(() => import("@/features/tenants/TenantTokensPage"));
const TenantSettingsPage = lazy(() => import("@/features/tenants/TenantSettingsPage"));
const TenantAuditPage = lazy(() => import("@/features/audit/TenantAuditPage"));
const WebhooksPage = lazy(() => import("@/features/webhooks/WebhooksPage"));
const PlatformAuditPage = lazy(() => import("@/features/audit/PlatformAuditPage"));
const TenantUsagePage = lazy(() => import("@/features/usage/TenantUsagePage"));
const PlatformUsagePage = lazy(() => import("@/features/usage/PlatformUsagePage"));
const PricesPage = lazy(() => import("@/features/usage/PricesPage"));
const HealthPage = lazy(() => import("@/features/monitoring/HealthPage"));
const MembersPage = lazy(() => import("@/features/members/MembersPage"));
const InvitationPage = lazy(() => import("@/features/members/InvitationPage"));
const PeoplePage = lazy(() => import("@/features/people/PeoplePage"));
const GroupMappingPage = lazy(() => import("@/features/people/GroupMappingPage"));
const QuotaPage = lazy(() => import("@/features/quotas/QuotaPage"));
const CapacityPage = lazy(() => import("@/features/quotas/CapacityPage"));
const AccountPage = lazy(() => import("@/features/accounts/AccountPage"));

export const routes: RouteObject[] = [
  { path: "/sign-in", element: <SignInPage />, errorElement: <BrokenPage /> },
  {
    element: (
      <Guard>
        <Shell />
      </Guard>
    ),
    errorElement: <BrokenPage />,
    children: [
      { index: true, element: <HomeRedirect /> },
      { path: "account", element: <AccountPage /> },
      { path: "platform/services", element: <PlatformServicesPage /> },
      { path: "platform/tenants", element: <TenantsPage /> },
      { path: "platform/people", element: <PeoplePage /> },
      { path: "platform/groups", element: <GroupMappingPage /> },
      { path: "invitation/:token", element: <InvitationPage /> },
      { path: "platform/webhooks", element: <WebhooksPage /> },
      { path: "platform/capacity", element: <CapacityPage /> },
      { path: "platform/audit", element: <PlatformAuditPage /> },
      { path: "platform/usage", element: <PlatformUsagePage /> },
      { path: "platform/prices", element: <PricesPage /> },
      { path: "platform/health", element: <HealthPage /> },
      {
        path: "t/:tenant",
        element: <TenantPages />,
        children: [
          { index: true, element: <Navigate to="catalog" replace /> },
          { path: "catalog", element: <CatalogPage /> },
          { path: "catalog/:catalog/:chart", element: <LaunchPage /> },
          { path: "services", element: <ServicesPage /> },
          { path: "services/:service", element: <ServicePage /> },
          { path: "secrets", element: <SecretsPage /> },
          { path: "secrets/new", element: <NewSecretPage /> },
          { path: "secrets/at/*", element: <SecretPage /> },
          { path: "quota", element: <QuotaPage /> },
          { path: "usage", element: <TenantUsagePage /> },
          { path: "audit", element: <TenantAuditPage /> },
          { path: "all-services", element: <AllServicesPage /> },
          { path: "delete", element: <DeleteTenantPage /> },
          { path: "members", element: <MembersPage /> },
          { path: "tokens", element: <TenantTokensPage /> },
          { path: "settings", element: <TenantSettingsPage /> },
          { path: "*", element: <NotFoundPage /> },
        ],
      },
      { path: "*", element: <NotFoundPage /> },
    ],
  },
];
