import { Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { keptOutQuery, letIn } from "@/api/members";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

import { useChange } from "./useChange";

/** Those whom a group would let in, and an admin has removed. */
export function KeptOut() {
  const { slug } = useTenant();
  const rows = useQuery(keptOutQuery(slug));
  const open = useChange(
    (user: string) => letIn(slug, user),
    (_, user) => notifyDone(`${user} may come in again`, "With the next sign-in, by their groups."),
  );
  const problem = rows.error ?? open.error;
  if (!problem && (rows.data?.length ?? 0) === 0) return null;
  return (
    <Paper component="section" aria-label="Kept out">
      <Stack gap="sm">
        <div>
          <Title order={2}>Kept out</Title>
          <Text size="sm" c="dimmed">
            Removed by an admin. Their groups do not let them in again until you say so.
          </Text>
        </div>
        {problem && <ProblemNotice title="That did not work" error={problem} />}
        <Stack component="ul" gap={0} p={0} m={0} style={{ listStyle: "none" }}>
          {rows.data?.map(({ username, display_name, by, created_at }) => (
            <Group component="li" key={username} py="xs" justify="space-between">
              <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                <b>{display_name || username}</b>, removed by {by} <RelativeTime at={created_at} />
              </Text>
              <Button
                size="xs"
                variant="default"
                onClick={() => open.mutate(username)}
                aria-label={`Let ${username} in again`}
              >
                Let in again
              </Button>
            </Group>
          ))}
        </Stack>
      </Stack>
    </Paper>
  );
}
