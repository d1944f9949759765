import { Badge, Button, Group, Paper, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { changeRole } from "@/api/members";
import type { Member, Role } from "@/api/types";
import { useMe, useRights, useTenant } from "@/app/session";
import { notifyDone, notifyProblem } from "@/components/notify";
import { RelativeTime } from "@/components/RelativeTime";

import { ROLE_OPTIONS, ROLES, SOURCES } from "./roles";

interface MembersTableProps {
  members: Member[];
  onRemove: (member: Member) => void;
}

export function MembersTable({ members, onRemove }: MembersTableProps) {
  return (
    <Paper p={0} m={0} component="ul" aria-label="Members" style={{ listStyle: "none", overflow: "hidden" }}>
      {members.map((member) => (
        <MemberRow key={member.username} member={member} onRemove={() => onRemove(member)} />
      ))}
    </Paper>
  );
}

function MemberRow({ member, onRemove }: { member: Member; onRemove: () => void }) {
  const { isAdmin } = useRights();
  const me = useMe();
  const { username, display_name, is_active, services, last_sign_in } = member;
  return (
    <Group
      component="li"
      p="md"
      gap="sm"
      justify="space-between"
      style={{ borderBottom: "1px solid var(--mantine-color-default-border)" }}
    >
      <Stack gap={2} style={{ flex: "1 1 220px", minWidth: 0 }}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {display_name || username}
          </Text>
          {username === me.username && <Badge variant="light" tt="none">you</Badge>}
          {!is_active && <Badge variant="light" color="red" tt="none">locked</Badge>}
        </Group>
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {username} · {SOURCES[member.source]}
          {member.role_by_hand && ", role by hand"} · {services} {services === 1 ? "service" : "services"} ·{" "}
          {last_sign_in ? (
            <>
              signed in <RelativeTime at={last_sign_in} />
            </>
          ) : (
            "has not signed in yet"
          )}
        </Text>
      </Stack>
      {isAdmin ? (
        <Group gap="xs" wrap="nowrap">
          <RoleSelect member={member} />
          <Button
            size="xs"
            variant="subtle"
            color="red"
            onClick={onRemove}
            aria-label={`Remove ${username}`}
          >
            Remove…
          </Button>
        </Group>
      ) : (
        <Badge variant="light" tt="none">
          {ROLES[member.role].label}
        </Badge>
      )}
    </Group>
  );
}

function RoleSelect({ member }: { member: Member }) {
  const { slug } = useTenant();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (role: Role) => changeRole(slug, member.username, role),
    onSuccess: ({ role, username, services }) =>
      notifyDone(
        `${username} is ${ROLES[role].label.toLowerCase()} now`,
        role === "viewer" && services > 0 ? "A viewer runs nothing: what they own is paused." : undefined,
      ),
    onError: (error) => notifyProblem("The role stays as it was", error),
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: keys.tenant(slug) });
      await queries.invalidateQueries({ queryKey: keys.me });
    },
  });
  return (
    <Select
      aria-label={`Role of ${member.username}`}
      data={ROLE_OPTIONS}
      value={change.isPending ? change.variables : member.role}
      disabled={change.isPending}
      allowDeselect={false}
      w={120}
      size="xs"
      onChange={(value) => {
        if (value !== null && value !== member.role) change.mutate(value);
      }}
    />
  );
}
