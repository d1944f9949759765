import { Alert, Button, Code, Group, NumberInput, Paper, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { createToken, revokeToken, tokensQuery } from "@/api/accounts";
import { keys } from "@/api/keys";
import type { Token } from "@/api/types";
import { CopyText } from "@/components/CopyText";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

/** What scripts sign in with. */
export function Tokens() {
  const queries = useQueryClient();
  const tokens = useQuery(tokensQuery);
  const [name, setName] = useState("");
  const [days, setDays] = useState(30);
  const again = () => queries.invalidateQueries({ queryKey: keys.tokens });
  const create = useMutation({
    mutationFn: () => createToken(name, days),
    onSuccess: async () => {
      setName("");
      await again();
    },
  });
  const revoke = useMutation({ mutationFn: revokeToken, onSuccess: again });
  return (
    <Paper component="section" aria-label="Tokens">
      <Stack gap="md">
        <div>
          <Title order={2}>Tokens</Title>
          <Text size="sm" c="dimmed">
            For scripts: a token may do what you may do, until it ends or you revoke it.
          </Text>
        </div>
        {create.data && (
          <Alert color="teal" title="Copy it now: it is shown this once">
            <Group gap="xs" wrap="nowrap">
              <Code style={{ overflowWrap: "anywhere" }}>{create.data.token}</Code>
              <CopyText value={create.data.token} label="Copy the token" />
            </Group>
          </Alert>
        )}
        <form
          aria-label="New token"
          onSubmit={(event) => {
            event.preventDefault();
            if (name !== "") create.mutate();
          }}
        >
          <Group align="flex-end" gap="sm">
            <TextInput
              label="What it is for"
              placeholder="nightly job"
              value={name}
              maxLength={100}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
              style={{ flex: "1 1 200px" }}
            />
            <NumberInput
              label="Days"
              value={days}
              min={1}
              max={365}
              allowDecimal={false}
              clampBehavior="strict"
              onChange={(value) => {
                if (typeof value === "number") setDays(value);
              }}
              w={90}
            />
            <Button type="submit" loading={create.isPending} disabled={name === ""}>
              Create
            </Button>
          </Group>
        </form>
        {(create.error ?? revoke.error ?? tokens.error) && (
          <ProblemNotice title="That did not work" error={create.error ?? revoke.error ?? tokens.error} />
        )}
        {(tokens.data?.length ?? 0) > 0 && (
          <Table.ScrollContainer minWidth={480}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>For</Table.Th>
                  <Table.Th>Ends</Table.Th>
                  <Table.Th>Last used</Table.Th>
                  <Table.Th />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {tokens.data?.map((token) => (
                  <TokenRow key={token.id} token={token} onRevoke={() => revoke.mutate(token.id)} />
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Stack>
    </Paper>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  return (
    <Table.Tr>
      <Table.Td>{token.name}</Table.Td>
      <Table.Td>
        <RelativeTime at={token.expires_at} />
      </Table.Td>
      <Table.Td>{token.last_used_at ? <RelativeTime at={token.last_used_at} /> : "never"}</Table.Td>
      <Table.Td ta="right">
        <Button size="xs" variant="subtle" color="red" onClick={onRevoke} aria-label={`Revoke ${token.name}`}>
          Revoke
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
