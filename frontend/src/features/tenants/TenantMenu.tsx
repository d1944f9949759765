import { ActionIcon, Menu } from "@mantine/core";
import { Link } from "react-router";

import type { Tenant } from "@/api/types";
import { addresses } from "@/app/addresses";
import { Icon } from "@/components/Icon";

/** What a platform administrator can do with one of the list. */
export function TenantMenu({ tenant }: { tenant: Tenant }) {
  return (
    <Menu position="bottom-end" width={200}>
      <Menu.Target>
        <ActionIcon variant="default" size={36} aria-label={`More for ${tenant.display_name}`}>
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={addresses.services(tenant.slug)} leftSection={<Icon name="services" size={16} />}>
          Services
        </Menu.Item>
        <Menu.Item
          component={Link}
          to={addresses.tenantSettings(tenant.slug)}
          leftSection={<Icon name="settings" size={16} />}
        >
          Settings
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
