import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import type { Webhook } from "@/api/types";
import { removeWebhook } from "@/api/webhooks";
import { ProblemNotice } from "@/components/ProblemNotice";

interface RemoveWebhookModalProps {
  webhook: Webhook;
  opened: boolean;
  onClose: () => void;
}

export function RemoveWebhookModal({ webhook, opened, onClose }: RemoveWebhookModalProps) {
  const queries = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeWebhook(webhook.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.webhooks }),
  });
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Remove this webhook?</Text>}>
      <Stack>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {webhook.url} hears no more.{" "}
          {webhook.waiting > 0 && `${webhook.waiting} events that have not arrived are not sent. `}
          The events themselves stay in the audit.
        </Text>
        {remove.error && <ProblemNotice title="It was not removed" error={remove.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
