import { ActionIcon, Badge, Group, Paper, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { AuditEvent } from "@/api/types";
import { Icon } from "@/components/Icon";

import { EventDetails } from "./EventDetails";

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

interface EventProps {
  event: AuditEvent;
  /** Of all tenants: say which one. */
  withTenant: boolean;
}

export function EventRow({ event, withTenant }: EventProps) {
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <>
      <Table.Tr style={opened ? { borderBottom: "none" } : undefined}>
        <Table.Td>
          <Toggle event={event} opened={opened} onToggle={toggle} />
        </Table.Td>
        <Table.Td style={{ whiteSpace: "nowrap" }}>
          <Time event={event} />
        </Table.Td>
        <Table.Td>
          <Actor event={event} />
        </Table.Td>
        <Table.Td>
          <Title event={event} />
        </Table.Td>
        <Table.Td style={{ overflowWrap: "anywhere" }}>{event.target}</Table.Td>
        {withTenant && <Table.Td>{event.tenant}</Table.Td>}
        <Table.Td style={{ overflowWrap: "anywhere" }}>{event.address}</Table.Td>
      </Table.Tr>
      {opened && (
        <Table.Tr>
          <Table.Td />
          <Table.Td colSpan={withTenant ? 6 : 5}>
            <EventDetails event={event} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}

export function EventCard({ event, withTenant }: EventProps) {
  const [opened, { toggle }] = useDisclosure(false);
  const places = [withTenant && event.tenant, event.address].filter(Boolean).join(" · ");
  return (
    <Paper component="li" p="md">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div style={{ minWidth: 0 }}>
          <Title event={event} />
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {event.target}
          </Text>
        </div>
        <Toggle event={event} opened={opened} onToggle={toggle} />
      </Group>
      <Group gap="xs" mt={4}>
        <Actor event={event} />
        <Text size="sm" c="dimmed">
          <Time event={event} />
        </Text>
      </Group>
      {places !== "" && (
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {places}
        </Text>
      )}
      {opened && <EventDetails event={event} />}
    </Paper>
  );
}

function Toggle({ event, opened, onToggle }: { event: AuditEvent; opened: boolean; onToggle: () => void }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      onClick={onToggle}
      aria-expanded={opened}
      aria-label={`${opened ? "Less" : "More"} about: ${event.title} ${event.target}`}
    >
      <span style={{ display: "flex", transform: opened ? "none" : "rotate(-90deg)" }}>
        <Icon name="chevron" size={16} />
      </span>
    </ActionIcon>
  );
}

function Title({ event }: { event: AuditEvent }) {
  const refused = event.type === "access.denied" || event.type.endsWith("refused");
  return (
    <Text span size="sm" fw={600} c={refused ? "red" : undefined}>
      {event.title}
    </Text>
  );
}

function Actor({ event }: { event: AuditEvent }) {
  return (
    <Group gap={6} component="span">
      <Text span size="sm" style={{ overflowWrap: "anywhere" }}>
        {event.actor || "nobody known"}
      </Text>
      {event.acting !== "" && (
        <Badge color="orange" variant="light" tt="none">
          by {event.acting}, acting
        </Badge>
      )}
    </Group>
  );
}

function Time({ event }: { event: AuditEvent }) {
  return <time dateTime={event.at}>{clock.format(new Date(event.at))}</time>;
}
