import { Alert, Button, Code, Group, Stack, Text } from "@mantine/core";

import { CopyText } from "@/components/CopyText";

export function ShownSecret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Stack>
      <Alert color="teal" title="Copy the secret now: it is shown this once">
        <Group gap="xs" wrap="nowrap">
          <Code style={{ overflowWrap: "anywhere" }}>{secret}</Code>
          <CopyText value={secret} label="Copy the secret" />
        </Group>
      </Alert>
      <Text size="sm">
        Give it to the receiver, which verifies with it that events come from here. Any library of Standard
        Webhooks takes it.
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
