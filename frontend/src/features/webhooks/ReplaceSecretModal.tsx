import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import type { Webhook } from "@/api/types";
import { replaceSecret } from "@/api/webhooks";
import { ProblemNotice } from "@/components/ProblemNotice";

import { ShownSecret } from "./ShownSecret";

interface ReplaceSecretModalProps {
  webhook: Webhook;
  opened: boolean;
  onClose: () => void;
}

export function ReplaceSecretModal({ webhook, opened, onClose }: ReplaceSecretModalProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Replace the secret?</Text>} size="lg">
      <ReplaceSecret webhook={webhook} onClose={onClose} />
    </Modal>
  );
}

function ReplaceSecret({ webhook, onClose }: Omit<ReplaceSecretModalProps, "opened">) {
  const replace = useMutation({ mutationFn: () => replaceSecret(webhook.id) });
  if (replace.data) return <ShownSecret secret={replace.data.secret} onClose={onClose} />;
  return (
    <Stack>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        Events to {webhook.url} are signed with the new secret at once, and <b>with the former one no more</b>.
        Until the receiver has the new one it refuses them; they are sent again, for three days.
      </Text>
      {replace.error && <ProblemNotice title="The secret stays as it is" error={replace.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red.8" loading={replace.isPending} onClick={() => replace.mutate()}>
          Replace the secret
        </Button>
      </Group>
    </Stack>
  );
}
