import { Paper, Stack, Table, Text, Title } from "@mantine/core";

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
        <Table.ScrollContainer minWidth={420}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Resource</Table.Th>
                <Table.Th>At most</Table.Th>
                <Table.Th>Because</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {quota.effective.map(({ resource, effective, because }) => (
                <Table.Tr key={resource}>
                  <Table.Th scope="row" fw={550}>
                    {titleOf(resource)}
                  </Table.Th>
                  <Table.Td className="numbers">{formatResource(resource, effective)}</Table.Td>
                  <Table.Td>{because}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Stack>
    </Paper>
  );
}
