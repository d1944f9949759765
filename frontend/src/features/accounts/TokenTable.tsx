import { Badge, Button, Group, Table, Text } from "@mantine/core";
import { useState } from "react";

import type { TenantToken, Token } from "@/api/types";
import { RelativeTime } from "@/components/RelativeTime";

import { describeVerbs, endsSoon } from "./verbs";

type AnyToken = Token | TenantToken;

interface TokenTableProps<T extends AnyToken> {
  tokens: T[];
  /** What the second column says, such as whose it is. */
  second: { title: string; of: (token: T) => string };
  /** The word on the button that ends it. */
  ending: string;
  onEnd: (token: T) => void;
}

export function TokenTable<T extends AnyToken>({ tokens, second, ending, onEnd }: TokenTableProps<T>) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>For</Table.Th>
            <Table.Th>{second.title}</Table.Th>
            <Table.Th>May</Table.Th>
            <Table.Th>Ends</Table.Th>
            <Table.Th>Last used</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <Table.Tr key={token.id}>
              <Table.Td>{token.name}</Table.Td>
              <Table.Td>{second.of(token)}</Table.Td>
              <Table.Td>{describeVerbs(token.verbs)}</Table.Td>
              <Table.Td>
                <Ends token={token} />
              </Table.Td>
              <Table.Td>
                <LastUse token={token} />
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="xs"
                  variant="subtle"
                  color="red"
                  onClick={() => onEnd(token)}
                  aria-label={`${ending} ${token.name}`}
                >
                  {ending}
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Ends({ token }: { token: AnyToken }) {
  const [now] = useState(() => Date.now());
  if (token.expired) {
    return (
      <Badge color="gray" variant="light" tt="none">
        ended
      </Badge>
    );
  }
  return (
    <Group gap={6}>
      <RelativeTime at={token.expires_at} />
      {endsSoon(token.expires_at, now) && (
        <Badge color="orange" variant="light" tt="none">
          soon
        </Badge>
      )}
    </Group>
  );
}

function LastUse({ token }: { token: AnyToken }) {
  if (token.last_used_at === null) return <Text size="sm" c="dimmed">never</Text>;
  return (
    <>
      <RelativeTime at={token.last_used_at} />
      {token.last_used_from !== "" && (
        <Text size="xs" c="dimmed">
          from {token.last_used_from}
        </Text>
      )}
    </>
  );
}
