import { Badge, Button, Group, Menu, Text } from "@mantine/core";
import { useNavigate } from "react-router";

import { addresses } from "@/app/addresses";
import { useCurrentTenant } from "@/app/currentTenant";
import { useMe } from "@/app/session";
import { Icon } from "@/components/Icon";

import { TenantSearch } from "./TenantSearch";

/** Which tenant one looks at; a menu where there is a choice, a search over all for who runs the platform. */
export function TenantSwitcher() {
  const { tenants, is_platform_admin } = useMe();
  const navigate = useNavigate();
  const current = useCurrentTenant();
  if (is_platform_admin) {
    return <TenantSearch current={current} onPick={(slug) => void navigate(addresses.catalog(slug))} />;
  }
  if (current === undefined) return null;
  if (tenants.length === 1) {
    return (
      <Text fw={550} truncate>
        {current.display_name}
      </Text>
    );
  }
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          px="xs"
          rightSection={<Icon name="chevron" size={16} />}
          aria-label={`Tenant: ${current.display_name}. Switch`}
          styles={{ label: { maxWidth: "38vw" } }}
        >
          {current.display_name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Tenants</Menu.Label>
        {tenants.map((tenant) => (
          <Menu.Item
            key={tenant.slug}
            onClick={() => void navigate(addresses.catalog(tenant.slug))}
            leftSection={<Icon name={tenant.slug === current.slug ? "check" : "tenants"} size={16} />}
          >
            <Group justify="space-between" wrap="nowrap">
              <Text size="sm" truncate>
                {tenant.display_name}
              </Text>
              <Badge size="xs" variant="default">
                {tenant.role}
              </Badge>
            </Group>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
