import { Badge, Group, Paper, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { healthQuery } from "@/api/health";
import type { Health, HealthPart, PartState } from "@/api/types";
import { PlatformOnly } from "@/app/PlatformOnly";
import { Icon, type IconName } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

import { headline, LOOKS } from "./states";

export default function HealthPage() {
  return (
    <PlatformOnly>
      <HealthOfParts />
    </PlatformOnly>
  );
}

function HealthOfParts() {
  const health = useQuery(healthQuery);
  return (
    <>
      <PageHeading title="Health">The parts of the platform, looked at every few seconds.</PageHeading>
      {health.error && (
        <ProblemNotice
          title="The portal cannot say how it is"
          error={health.error}
          onRetry={() => void health.refetch()}
        />
      )}
      {health.isPending && <Skeleton height={360} aria-label="Loading" />}
      {health.data && <Parts health={health.data} />}
    </>
  );
}

function Parts({ health }: { health: Health }) {
  return (
    <Stack gap="lg">
      <Paper component="section" aria-label="All in all" role="status">
        <Group gap="sm">
          <StateBadge state={health.state} />
          <Text fw={600}>{headline(health.parts)}</Text>
        </Group>
        <Text size="sm" c="dimmed" mt={4}>
          Version {health.version}. The oldest waiting service is {Math.round(health.lag.services)} s late,
          the oldest waiting tenant {Math.round(health.lag.tenants)} s.
        </Text>
      </Paper>
      <SimpleGrid component="ul" cols={{ base: 1, sm: 2, lg: 3 }} p={0} m={0} style={{ listStyle: "none" }}>
        {health.parts.map((part) => (
          <PartCard key={part.name} part={part} />
        ))}
      </SimpleGrid>
      <Processes health={health} />
    </Stack>
  );
}

function PartCard({ part }: { part: HealthPart }) {
  const { color } = LOOKS[part.state];
  return (
    <Paper
      component="li"
      aria-label={part.title}
      style={{ borderInlineStart: `6px solid var(--mantine-color-${color}-6)` }}
    >
      <Group justify="space-between" gap="xs" mb={6}>
        <Title order={2}>{part.title}</Title>
        <StateBadge state={part.state} />
      </Group>
      {part.error && (
        <Stack gap={4} mb={6}>
          <Text size="sm" fw={600}>
            {part.error}
          </Text>
          <Text size="sm">{part.without_it}</Text>
          <Text size="sm">What to do: {part.advice}</Text>
        </Stack>
      )}
      {part.remark && <Text size="sm">{part.remark}</Text>}
      <Text size="xs" c="dimmed">
        {LOOKS[part.state].title} since <RelativeTime at={part.since} />, answered in {part.milliseconds} ms
      </Text>
    </Paper>
  );
}

function StateBadge({ state }: { state: PartState }) {
  const { color, title, icon }: { color: string; title: string; icon: IconName } = LOOKS[state];
  return (
    <Badge color={color} variant="light" size="lg" tt="none" leftSection={<Icon name={icon} size={13} />}>
      {title}
    </Badge>
  );
}

const FORGOTTEN_MS = 15 * 60_000;

function Processes({ health }: { health: Health }) {
  const [since] = useState(() => Date.now() - FORGOTTEN_MS);
  // Each start of the platform has processes of its own; those of earlier ones say nothing any more.
  const processes = health.processes.filter(({ at }) => Date.parse(at) > since);
  if (processes.length === 0) return null;
  return (
    <Paper component="section" aria-label="Signs of life">
      <Title order={2} mb="sm">
        Signs of life
      </Title>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Process</Table.Th>
            <Table.Th>Last heard</Table.Th>
            <Table.Th>Version</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {processes.map(({ name, at, version }) => (
            <Table.Tr key={name}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{name}</Table.Td>
              <Table.Td>
                <RelativeTime at={at} />
              </Table.Td>
              <Table.Td>{version}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
