import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "react-router";

import type { Tenant } from "@/api/types";
import { addresses } from "@/app/addresses";
import { Icon } from "@/components/Icon";

import { SuspendModal } from "./SuspendModal";
import { useSuspension } from "./useSuspension";

/** What a platform administrator can do with one of the list. */
export function TenantMenu({ tenant }: { tenant: Tenant }) {
  const [suspending, suspension] = useDisclosure(false);
  const { reactivate } = useSuspension(tenant);
  return (
    <>
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={`More for ${tenant.display_name}`}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            component={Link}
            to={addresses.tenantSettings(tenant.slug)}
            leftSection={<Icon name="settings" size={16} />}
          >
            Settings
          </Menu.Item>
          {tenant.state === "suspended" && (
            <Menu.Item leftSection={<Icon name="play" size={16} />} onClick={() => reactivate.mutate()}>
              Reactivate
            </Menu.Item>
          )}
          {(tenant.state === "active" || tenant.state === "provisioning") && (
            <Menu.Item leftSection={<Icon name="pause" size={16} />} onClick={suspension.open}>
              Suspend…
            </Menu.Item>
          )}
          <Menu.Divider />
          <Menu.Item
            color="red"
            component={Link}
            to={addresses.deleteTenant(tenant.slug)}
            leftSection={<Icon name="trash" size={16} />}
          >
            {tenant.state === "deleting" ? "How far it is" : "Delete…"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SuspendModal tenant={tenant} opened={suspending} onClose={suspension.close} />
    </>
  );
}
