import { Anchor, Box, Code, Group, Stack, Table, Text } from "@mantine/core";
import { Link } from "react-router";

import type { AuditEvent } from "@/api/types";
import { CopyText } from "@/components/CopyText";

import { asText, changesOf, inWords } from "./changes";

/** All that an event says, for whoever opens it. */
export function EventDetails({ event }: { event: AuditEvent }) {
  const changes = changesOf(event);
  const details = Object.entries(event.details).filter(([, value]) => asText(value) !== "");
  return (
    <Stack gap="sm" py="xs">
      {changes.length > 0 && (
        <Table withTableBorder layout="fixed" aria-label="Before and after">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>What</Table.Th>
              <Table.Th>Before</Table.Th>
              <Table.Th>After</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changes.map(({ name, before, after, changed }) => (
              <Table.Tr key={name} c={changed ? undefined : "dimmed"}>
                <Table.Td>{name}</Table.Td>
                <Value text={before} struck={changed} />
                <Value text={after} strong={changed} />
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      <Box component="dl" m={0} className="facts">
        {details.map(([name, value]) => (
          <Fact key={name} name={inWords(name)}>
            {asText(value)}
          </Fact>
        ))}
        <Fact name="type">
          <Code>{event.type}</Code>
        </Fact>
        {event.request_id !== "" && (
          <Fact name="request">
            <Group gap={4} wrap="nowrap" component="span">
              <Anchor
                component={Link}
                to={`?${new URLSearchParams({ request_id: event.request_id }).toString()}`}
                size="sm"
                style={{ overflowWrap: "anywhere" }}
              >
                {event.request_id}
              </Anchor>
              <CopyText value={event.request_id} label="Copy the request id" />
            </Group>
          </Fact>
        )}
      </Box>
    </Stack>
  );
}

function Value({ text, struck = false, strong = false }: { text: string; struck?: boolean; strong?: boolean }) {
  return (
    <Table.Td style={{ overflowWrap: "anywhere" }}>
      {text === "" ? (
        <Text span c="dimmed" size="sm">
          none
        </Text>
      ) : (
        <Text span size="sm" td={struck ? "line-through" : undefined} fw={strong ? 600 : undefined}>
          {text}
        </Text>
      )}
    </Table.Td>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <Group gap="xs" wrap="nowrap" align="baseline">
      <Text component="dt" size="sm" c="dimmed" w={110} style={{ flexShrink: 0 }}>
        {name}
      </Text>
      <Text component="dd" size="sm" m={0} style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Group>
  );
}
