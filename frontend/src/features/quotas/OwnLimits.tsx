import { Group, Paper, Stack, Text, Title } from "@mantine/core";

import type { Quota } from "@/api/types";
import { formatResource, titleOf } from "@/components/quantity";

/** The most that one can hold oneself now, and the arithmetic of it. */
export function OwnLimits({ quota }: { quota: Quota }) {
  return (
    <Paper component="section" aria-label="What you may hold">
      <Stack gap="sm">
        <div>
          <Title order={2}>What you may hold</Title>
          <Text size="sm" c="dimmed">
            The most that your services can take together now, and why.
          </Text>
        </div>
        <Stack component="dl" gap="xs" m={0}>
          {quota.effective.map(({ resource, effective, because }) => (
            <div key={resource}>
              <Group component="dt" gap="xs" justify="space-between">
                <Text size="sm" fw={550} component="span">
                  {titleOf(resource)}
                </Text>
                <Text size="sm" component="span" className="numbers">
                  {formatResource(resource, effective)}
                </Text>
              </Group>
              <Text size="sm" c="dimmed" component="dd" m={0}>
                {because}
              </Text>
            </div>
          ))}
        </Stack>
      </Stack>
    </Paper>
  );
}
