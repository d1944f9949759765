import { ActionIcon, Avatar, Menu, Text, VisuallyHidden } from "@mantine/core";
import { useRef } from "react";
import { Link } from "react-router";

import { addresses } from "@/app/addresses";
import { useMe } from "@/app/session";
import { Icon } from "@/components/Icon";

import { SignOutForm } from "./SignOutForm";

export function AccountMenu() {
  const { display_name, username, email, is_platform_admin } = useMe();
  const name = display_name || username;
  const submit = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <ActionIcon variant="transparent" size={38} radius="xl">
            <Avatar color="iris" radius="xl" size={34} name={name} />
            <VisuallyHidden>Account of {name}</VisuallyHidden>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
              {name}
            </Text>
            <Text size="xs" truncate>
              {is_platform_admin ? "Platform administrator" : email || username}
            </Text>
          </Menu.Label>
          <Menu.Item component={Link} to={addresses.account} leftSection={<Icon name="account" size={16} />}>
            Account and tokens
          </Menu.Item>
          <Menu.Item
            leftSection={<Icon name="signOut" size={16} />}
            onClick={() => submit.current?.click()}
          >
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <SignOutForm>
        <button type="submit" ref={submit} hidden>
          Sign out
        </button>
      </SignOutForm>
    </>
  );
}
