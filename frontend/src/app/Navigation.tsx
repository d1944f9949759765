import { AppShell, Badge, NavLink, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { NavLink as RouterLink, useParams } from "react-router";

import { servicesQuery } from "@/api/services";
import { Icon, type IconName } from "@/components/Icon";
import { QuotaSummary } from "@/features/tenants/QuotaSummary";

import { addresses } from "./addresses";
import { readLastTenant } from "./lastTenant";
import { useMe } from "./session";

interface PageLinkProps {
  to: string;
  icon: IconName;
  label: string;
  count?: number | undefined;
  onClick: () => void;
}

function PageLink({ to, icon, label, count, onClick }: PageLinkProps) {
  return (
    <NavLink
      component={RouterLink}
      to={to}
      label={label}
      className="nav-link"
      leftSection={<Icon name={icon} />}
      rightSection={
        count ? (
          <Badge size="sm" variant="light" circle={count < 10} aria-label={`${count} services`}>
            {count}
          </Badge>
        ) : null
      }
      onClick={onClick}
      style={{ borderRadius: "var(--mantine-radius-md)" }}
    />
  );
}

/** The tenant in the address, else the last one, so that the menu is never empty. */
function useMenuTenant(): string | undefined {
  const { tenant } = useParams();
  const { tenants } = useMe();
  const wanted = tenant ?? readLastTenant();
  return (tenants.find(({ slug }) => slug === wanted) ?? tenants[0])?.slug;
}

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const tenant = useMenuTenant();
  const services = useQuery({ ...servicesQuery(tenant ?? ""), enabled: tenant !== undefined });
  if (tenant === undefined) return null;
  return (
    <>
      <AppShell.Section grow component="nav" aria-label="Pages">
        <Stack gap={4}>
          <PageLink to={addresses.catalog(tenant)} icon="catalog" label="Catalogue" onClick={onNavigate} />
          <PageLink
            to={addresses.services(tenant)}
            icon="services"
            label="My services"
            count={services.data?.length}
            onClick={onNavigate}
          />
          <PageLink to={addresses.secrets(tenant)} icon="key" label="Secrets" onClick={onNavigate} />
        </Stack>
      </AppShell.Section>
      <AppShell.Section>
        <QuotaSummary tenant={tenant} />
      </AppShell.Section>
    </>
  );
}
