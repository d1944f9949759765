import { AppShell, Box, Burger, Group, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Suspense } from "react";
import { Link, Outlet } from "react-router";

import { Logo } from "@/components/Logo";
import { PageSkeleton } from "@/components/PageSkeleton";
import { AccountMenu } from "@/features/accounts/AccountMenu";
import { ActingBanner } from "@/features/accounts/ActingBanner";
import { NotificationsBell } from "@/features/accounts/NotificationsBell";
import { TenantSwitcher } from "@/features/tenants/TenantSwitcher";

import { ColorSchemeToggle } from "./ColorSchemeToggle";
import { Navigation } from "./Navigation";
import { OfflineBanner } from "./OfflineBanner";

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding={{ base: "md", sm: "xl" }}
    >
      <a href="#content" className="skip-link">
        Skip to the content
      </a>
      <AppShell.Header px={{ base: "sm", sm: "lg" }}>
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? "Close the menu" : "Open the menu"}
              aria-expanded={opened}
            />
            <UnstyledButton component={Link} to="/" aria-label="Datalab, start page">
              <Group gap={10} wrap="nowrap">
                <Logo />
                <Text fw={700} size="lg" visibleFrom="xs" lts={-0.3}>
                  Datalab
                </Text>
              </Group>
            </UnstyledButton>
            <Box c="dimmed" visibleFrom="xs" aria-hidden="true">
              /
            </Box>
            <TenantSwitcher />
          </Group>
          <Group gap={6} wrap="nowrap">
            <NotificationsBell />
            <ColorSchemeToggle />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} style={{ outline: "none" }}>
        <OfflineBanner />
        <Box maw={1180} mx="auto">
          <ActingBanner />
          <Suspense fallback={<PageSkeleton />}>
            <Outlet />
          </Suspense>
        </Box>
      </AppShell.Main>
    </AppShell>
  );
}
