import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { invitationsQuery, inviteAgain, revokeInvitation } from "@/api/members";
import type { Invitation } from "@/api/types";
import { useTenant } from "@/app/session";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

import { InvitationLink } from "./InviteModal";
import { ROLES } from "./roles";
import { useChange } from "./useChange";

/** Those that nobody has used yet. */
export function Invitations() {
  const { slug } = useTenant();
  const invitations = useQuery(invitationsQuery(slug));
  const again = useChange((row: Invitation) => inviteAgain(slug, row));
  const revoke = useChange((row: Invitation) => revokeInvitation(slug, row));
  const problem = invitations.error ?? again.error ?? revoke.error;
  if (!problem && (invitations.data?.length ?? 0) === 0) return null;
  return (
    <Paper component="section" aria-label="Pending invitations">
      <Stack gap="sm">
        <Title order={2}>Pending invitations</Title>
        {problem && <ProblemNotice title="That did not work" error={problem} />}
        {again.data && <InvitationLink made={again.data} />}
        <Stack component="ul" gap={0} p={0} m={0} style={{ listStyle: "none" }}>
          {invitations.data?.map((row) => (
            <Row
              key={row.id}
              invitation={row}
              onAgain={() => again.mutate(row)}
              onRevoke={() => revoke.mutate(row)}
            />
          ))}
        </Stack>
      </Stack>
    </Paper>
  );
}

interface RowProps {
  invitation: Invitation;
  onAgain: () => void;
  onRevoke: () => void;
}

function Row({ invitation, onAgain, onRevoke }: RowProps) {
  const { email, role, state, invited_by, expires_at } = invitation;
  return (
    <Group component="li" py="xs" gap="sm" justify="space-between">
      <Stack gap={2} style={{ flex: "1 1 220px", minWidth: 0 }}>
        <Group gap="xs">
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {email}
          </Text>
          {state === "expired" && <Badge variant="light" color="gray" tt="none">too old</Badge>}
          {state === "inviter_gone" && (
            <Badge variant="light" color="orange" tt="none">
              {invited_by} administers no more
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          as {ROLES[role].label.toLowerCase()}, by {invited_by} · ends <RelativeTime at={expires_at} />
        </Text>
      </Stack>
      <Group gap="xs">
        <Button size="xs" variant="default" onClick={onAgain} aria-label={`New link for ${email}`}>
          New link
        </Button>
        <Button size="xs" variant="subtle" color="red" onClick={onRevoke} aria-label={`Take back the invitation of ${email}`}>
          Take back
        </Button>
      </Group>
    </Group>
  );
}
