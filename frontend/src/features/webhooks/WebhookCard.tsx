import { Alert, Badge, Button, Group, Paper, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import type { Webhook } from "@/api/types";
import { enableWebhook, testWebhook } from "@/api/webhooks";
import { Icon } from "@/components/Icon";
import { notifyDone, notifyProblem } from "@/components/notify";
import { RelativeTime } from "@/components/RelativeTime";

import { Deliveries } from "./Deliveries";
import { RemoveWebhookModal } from "./RemoveWebhookModal";
import { ReplaceSecretModal } from "./ReplaceSecretModal";

export function WebhookCard({ webhook }: { webhook: Webhook }) {
  const queries = useQueryClient();
  const [opened, { toggle, open }] = useDisclosure(false);
  const [removing, dialog] = useDisclosure(false);
  const [replacing, secret] = useDisclosure(false);
  const again = () => queries.invalidateQueries({ queryKey: keys.webhooks });
  const test = useMutation({
    mutationFn: () => testWebhook(webhook.id),
    onSuccess: () => {
      open();
      notifyDone("A test event is on its way", "It is in the list of deliveries.");
      return again();
    },
    onError: (error) => notifyProblem("The test was not sent", error),
  });
  const enable = useMutation({
    mutationFn: () => enableWebhook(webhook.id, !webhook.enabled),
    onSuccess: again,
    onError: (error) => notifyProblem("The webhook stays as it is", error),
  });
  return (
    <Paper component="li" p="md" aria-label={`Webhook to ${webhook.url}`}>
      <Group justify="space-between" align="flex-start" gap="sm">
        <div style={{ flex: "1 1 260px", minWidth: 0 }}>
          <Group gap="xs">
            <Text fw={650} style={{ overflowWrap: "anywhere" }}>
              {webhook.url}
            </Text>
            <State webhook={webhook} />
          </Group>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {webhook.tenant === null ? "The whole platform" : `Only ${webhook.tenant}`} ·{" "}
            {webhook.types.length === 0 ? "every event" : webhook.types.join(", ")} · added by{" "}
            {webhook.created_by} <RelativeTime at={webhook.created_at} />
          </Text>
        </div>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={() => test.mutate()} loading={test.isPending} disabled={!webhook.enabled}>
            Test
          </Button>
          <Button size="xs" variant="default" onClick={() => enable.mutate()} loading={enable.isPending}>
            {webhook.enabled ? "Disable" : "Enable"}
          </Button>
          <Button size="xs" variant="default" onClick={secret.open}>
            New secret…
          </Button>
          <Button size="xs" variant="default" color="red" onClick={dialog.open}>
            Remove
          </Button>
        </Group>
      </Group>
      {webhook.disabled_because !== "" && (
        <Alert color="red" mt="sm" icon={<Icon name="alert" />} title="Disabled">
          {webhook.disabled_because}
        </Alert>
      )}
      <Button
        size="compact-sm"
        variant="subtle"
        mt="xs"
        onClick={toggle}
        aria-expanded={opened}
        rightSection={<Icon name="chevron" size={14} />}
      >
        Deliveries
      </Button>
      {opened && <Deliveries webhook={webhook} />}
      <ReplaceSecretModal webhook={webhook} opened={replacing} onClose={secret.close} />
      <RemoveWebhookModal webhook={webhook} opened={removing} onClose={dialog.close} />
    </Paper>
  );
}

function State({ webhook }: { webhook: Webhook }) {
  if (!webhook.enabled) return <Badge color="red" variant="light" tt="none">Disabled</Badge>;
  if (webhook.failing_since !== null) {
    return (
      <Badge color="orange" variant="light" tt="none">
        Failing since <RelativeTime at={webhook.failing_since} />, {webhook.waiting} waiting
      </Badge>
    );
  }
  return (
    <Badge color="teal" variant="light" tt="none">
      {webhook.waiting === 0 ? "Enabled" : `Enabled, ${webhook.waiting} waiting`}
    </Badge>
  );
}
