import { Button, Group, Modal, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { revokeToken, tokensQuery } from "@/api/tokens";
import type { NewToken, Token } from "@/api/types";
import { Icon } from "@/components/Icon";
import { ProblemNotice } from "@/components/ProblemNotice";

import { EndTokenModal } from "./EndTokenModal";
import { NewTokenForm } from "./NewTokenForm";
import { ShownToken } from "./ShownToken";
import { TokenTable } from "./TokenTable";
import { describeTenants } from "./verbs";

/** What scripts sign in with. */
export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const [making, dialog] = useDisclosure(false);
  return (
    <Paper component="section" aria-label="Tokens">
      <Stack gap="md">
        <Group justify="space-between" align="flex-start">
          <div style={{ flex: "1 1 260px" }}>
            <Title order={2}>Tokens</Title>
            <Text size="sm" c="dimmed">
              For scripts: a token may do what you choose for it, never more than you may yourself.
            </Text>
          </div>
          <Button onClick={dialog.open} leftSection={<Icon name="plus" size={16} />}>
            New token
          </Button>
        </Group>
        {tokens.isPending && <Skeleton height={90} />}
        {tokens.error && (
          <ProblemNotice
            title="Your tokens cannot be shown"
            error={tokens.error}
            onRetry={() => void tokens.refetch()}
          />
        )}
        {tokens.data?.length === 0 && (
          <Text size="sm" c="dimmed">
            You have none yet. Make one to call the API from a job, a notebook or another machine.
          </Text>
        )}
        {tokens.data && tokens.data.length > 0 && <Mine tokens={tokens.data} />}
      </Stack>
      <NewTokenModal opened={making} onClose={dialog.close} />
    </Paper>
  );
}

function Mine({ tokens }: { tokens: Token[] }) {
  const queries = useQueryClient();
  const [ending, setEnding] = useState<Token | null>(null);
  const revoke = useMutation({
    mutationFn: revokeToken,
    onSuccess: async () => {
      setEnding(null);
      await queries.invalidateQueries({ queryKey: keys.tokens });
    },
  });
  return (
    <>
      <TokenTable
        tokens={tokens}
        second={{ title: "In", of: (token) => describeTenants(token.tenants) }}
        ending="Revoke"
        onEnd={setEnding}
      />
      <EndTokenModal
        name={ending?.name ?? null}
        ending="Revoke"
        pending={revoke.isPending}
        error={revoke.error}
        onClose={() => setEnding(null)}
        onConfirm={() => {
          if (ending) revoke.mutate(ending.id);
        }}
      >
        Scripts that use it are refused from now on, and connections that it opened end within seconds.
      </EndTokenModal>
    </>
  );
}

function NewTokenModal({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [made, setMade] = useState<NewToken | null>(null);
  const close = () => {
    setMade(null);
    onClose();
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      // A click beside it must not lose what is shown only once.
      closeOnClickOutside={made === null}
      title={<Text fw={650}>{made === null ? "New token" : `Your token “${made.name}”`}</Text>}
      size="lg"
    >
      {made === null ? (
        <NewTokenForm onMade={setMade} />
      ) : (
        <Stack>
          <ShownToken token={made} />
          <Group justify="flex-end">
            <Button onClick={close}>I have copied it</Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
