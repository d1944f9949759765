import { ActionIcon, Anchor, Badge, Button, Group, List, Menu, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";

import { keys } from "@/api/keys";
import { changePerson } from "@/api/people";
import type { Person } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useMe } from "@/app/session";
import { Icon } from "@/components/Icon";
import { notifyDone, notifyProblem } from "@/components/notify";
import { RelativeTime } from "@/components/RelativeTime";
import { roleLabel, SOURCES } from "@/features/members/roles";

type Change = Parameters<typeof changePerson>[1];

export function PersonRow({ person }: { person: Person }) {
  const { username, display_name, email, is_active, is_platform_admin, last_sign_in, tenants, groups } = person;
  return (
    <Group
      component="li"
      p="md"
      gap="sm"
      wrap="nowrap"
      align="flex-start"
      justify="space-between"
      style={{ borderBottom: "1px solid var(--mantine-color-default-border)" }}
    >
      <Stack gap={4} miw={0}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {display_name || username}
          </Text>
          {is_platform_admin && <Badge variant="light" tt="none">platform administrator</Badge>}
          {!is_active && <Badge variant="light" color="red" tt="none">locked</Badge>}
        </Group>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {[username, email].filter(Boolean).join(" · ")} ·{" "}
          {last_sign_in ? (
            <>
              signed in <RelativeTime at={last_sign_in} />
            </>
          ) : (
            "has not signed in yet"
          )}
        </Text>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {tenants.length === 0 && "In no tenant"}
          {tenants.map(({ slug, display_name: tenant, role, source }, index) => (
            <span key={slug}>
              {index > 0 && ", "}
              <Anchor component={Link} to={addresses.members(slug)} size="sm">
                {tenant}
              </Anchor>{" "}
              ({roleLabel(role).toLowerCase()} {SOURCES[source]})
            </span>
          ))}
        </Text>
        {groups.length > 0 && (
          <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
            Groups: {groups.join(", ")}
          </Text>
        )}
      </Stack>
      <PersonMenu person={person} />
    </Group>
  );
}

function PersonMenu({ person }: { person: Person }) {
  const { username, is_active, is_platform_admin, platform_admin_by_hand } = person;
  const me = useMe();
  const queries = useQueryClient();
  const [locking, lockDialog] = useDisclosure(false);
  const change = useMutation({
    mutationFn: (body: Change) => changePerson(username, body),
    onSuccess: () => notifyDone(`${username} was changed`),
    onError: (error) => notifyProblem("Nothing was changed", error),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: keys.people });
      await queries.invalidateQueries({ queryKey: keys.me });
    },
  });
  const above = is_platform_admin && platform_admin_by_hand;
  return (
    <>
      <Menu position="bottom-end" width={260}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} loading={change.isPending} aria-label={`More for ${username}`}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {above ? (
            <Menu.Item onClick={() => change.mutate({ is_platform_admin: false })}>
              No platform administrator any more
            </Menu.Item>
          ) : (
            <Menu.Item onClick={() => change.mutate({ is_platform_admin: true })}>
              {is_platform_admin ? "Stay platform administrator without a group" : "Make platform administrator"}
            </Menu.Item>
          )}
          <Menu.Divider />
          {is_active ? (
            <Menu.Item color="red" disabled={username === me.username} onClick={lockDialog.open}>
              Lock…
            </Menu.Item>
          ) : (
            <Menu.Item onClick={() => change.mutate({ is_active: true })}>Unlock</Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={locking} onClose={lockDialog.close} title={<Text fw={650}>Lock {username}?</Text>}>
        <Stack>
          <List size="sm" spacing="xs">
            <List.Item>The page, scripts and open tools close for this person within ten seconds.</List.Item>
            <List.Item>What they run in any tenant is paused. Nothing is lost.</List.Item>
            <List.Item>Their memberships stay, and count again once you unlock them.</List.Item>
          </List>
          <Group justify="flex-end">
            <Button variant="default" onClick={lockDialog.close} data-autofocus>
              Cancel
            </Button>
            <Button
              color="red"
              onClick={() => {
                lockDialog.close();
                change.mutate({ is_active: false });
              }}
            >
              Lock
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
