import { Badge, Button, Group, Paper, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { capacityQuery, openRequestsQuery } from "@/api/quotas";
import type { CapacityResource } from "@/api/types";
import { addresses } from "@/app/addresses";
import { PlatformOnly } from "@/app/PlatformOnly";
import { PageHeading } from "@/components/PageHeading";
import { formatResource, titleOf } from "@/components/quantity";
import { ProblemNotice } from "@/components/ProblemNotice";

import { CapacityModal } from "./CapacityModal";
import { RequestRow } from "./RequestRow";

export default function CapacityPage() {
  return (
    <PlatformOnly>
      <PageHeading
        title="Capacity"
        actions={
          <Button component={Link} to={addresses.tenants} variant="default">
            Each tenant's use
          </Button>
        }
      >
        What there is, what is promised to all tenants together, and what is used. More may be promised than
        there is: not everybody uses everything at once.
      </PageHeading>
      <Stack gap="lg">
        <Resources />
        <OpenRequests />
      </Stack>
    </PlatformOnly>
  );
}

const TOLD_BY = { runtime: "told by the runtime", admin: "set by an administrator", nobody: "unknown" };

function Resources() {
  const { data, error, isPending, refetch } = useQuery(capacityQuery);
  const [edited, setEdited] = useState<CapacityResource | null>(null);
  if (isPending) return <Skeleton height={240} />;
  if (error) {
    return <ProblemNotice title="The capacity cannot be shown" error={error} onRetry={() => void refetch()} />;
  }
  return (
    <Paper component="section" aria-label="Resources">
      <Table.ScrollContainer minWidth={640}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Resource</Table.Th>
              <Table.Th>There is</Table.Th>
              <Table.Th>Promised</Table.Th>
              <Table.Th>Used</Table.Th>
              <Table.Th>Promised of what there is</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.resources.map((one) => (
              <Row key={one.resource} one={one} onEdit={() => setEdited(one)} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {edited && <CapacityModal resource={edited} onClose={() => setEdited(null)} />}
    </Paper>
  );
}

function Row({ one, onEdit }: { one: CapacityResource; onEdit: () => void }) {
  const over = one.overcommit !== null && one.overcommit > 1;
  return (
    <Table.Tr>
      <Table.Th scope="row">{titleOf(one.resource)}</Table.Th>
      <Table.Td className="numbers">
        {one.capacity === null ? "?" : formatResource(one.resource, one.capacity)}
        <Text size="xs" c="dimmed">
          {TOLD_BY[one.told_by]}
        </Text>
      </Table.Td>
      <Table.Td className="numbers">{formatResource(one.resource, one.promised)}</Table.Td>
      <Table.Td className="numbers">{formatResource(one.resource, one.used)}</Table.Td>
      <Table.Td>
        {one.overcommit === null ? (
          <Text size="sm" c="dimmed">
            {Number(one.promised) === 0 ? "none promised" : "cannot be told"}
          </Text>
        ) : (
          <Badge variant="light" color={over ? "yellow" : "teal"} tt="none">
            {one.overcommit.toFixed(2)} ×
            {over ? " · overcommitted" : ""}
          </Badge>
        )}
      </Table.Td>
      <Table.Td ta="right">
        {one.resource !== "gpu" && (
          <Button size="xs" variant="default" onClick={onEdit} aria-label={`Set the capacity of ${one.resource}`}>
            Set
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function OpenRequests() {
  const { data, error, isPending } = useQuery(openRequestsQuery);
  return (
    <Paper component="section" aria-label="Open requests of tenants">
      <Stack gap="md">
        <Group justify="space-between">
          <Title order={2}>Open requests of tenants</Title>
        </Group>
        {error && <ProblemNotice title="The requests cannot be shown" error={error} />}
        {isPending && <Skeleton height={60} />}
        {data?.length === 0 && (
          <Text size="sm" c="dimmed">
            No tenant waits for an answer.
          </Text>
        )}
        {data?.map((one) => (
          <RequestRow key={one.id} request={one} withTenant />
        ))}
      </Stack>
    </Paper>
  );
}
