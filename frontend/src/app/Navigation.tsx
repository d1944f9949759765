import { AppShell, Badge, NavLink, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { NavLink as RouterLink, useLocation, useParams } from "react-router";

import { servicesQuery } from "@/api/services";
import { Icon } from "@/components/Icon";
import { QuotaSummary } from "@/features/tenants/QuotaSummary";

import { useCurrentTenant } from "./currentTenant";
import { type PageLinkOf, platformPages, tenantPages } from "./pages";
import { useMe } from "./session";

function PageLink({ to, icon, label, count, onClick }: PageLinkOf & { onClick: () => void }) {
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
      py={6}
      style={{ borderRadius: "var(--mantine-radius-md)" }}
    />
  );
}

function Links({ title, pages, onClick }: { title?: string; pages: PageLinkOf[]; onClick: () => void }) {
  if (pages.length === 0) return null;
  return (
    <Stack gap={2} mb="sm" component="section" aria-label={title}>
      {title === undefined ? null : (
        <Text size="xs" fw={600} c="dimmed" px="sm">
          {title}
        </Text>
      )}
      {pages.map((page) => (
        <PageLink key={page.to} {...page} onClick={onClick} />
      ))}
    </Stack>
  );
}

export function Navigation({ onNavigate }: { onNavigate: () => void }) {
  const me = useMe();
  const tenant = useCurrentTenant();
  const services = useQuery({ ...servicesQuery(tenant?.slug ?? ""), enabled: tenant !== undefined });
  const mine = services.data?.filter(({ owner }) => owner.username === me.username);
  const pages = tenant === undefined ? [] : tenantPages(tenant.slug, mine?.length);
  const ofTenant = useParams().tenant !== undefined;
  const { pathname } = useLocation();
  useEffect(() => {
    // A menu that is longer than the screen shows where one is.
    document.querySelector('.nav-link[aria-current="page"]')?.scrollIntoView({ block: "nearest" });
  }, [pathname, tenant?.slug]); // the tenant may be known later, and makes it longer
  const administers = me.is_platform_admin || tenant?.role === "admin";
  return (
    <>
      <AppShell.Section grow component="nav" aria-label="Pages" style={{ overflowY: "auto" }}>
        <Links pages={pages.filter(({ forAdmins }) => !forAdmins)} onClick={onNavigate} />
        {administers ? (
          <Links
            title="Administration"
            pages={pages.filter(({ forAdmins }) => forAdmins)}
            onClick={onNavigate}
          />
        ) : null}
        {me.is_platform_admin ? (
          <Links title="Platform" pages={platformPages} onClick={onNavigate} />
        ) : null}
      </AppShell.Section>
      {tenant !== undefined && ofTenant && (
        <AppShell.Section pt="sm" style={{ flexShrink: 0 }} visibleFrom="sm">
          <QuotaSummary tenant={tenant.slug} />
        </AppShell.Section>
      )}
    </>
  );
}
