import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";

import type { Service } from "@/api/types";
import { formatResource, parseQuantity } from "@/components/quantity";

interface RemoveServiceModalProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

export function RemoveServiceModal({ service, opened, onClose, onConfirm }: RemoveServiceModalProps) {
  const storage = parseQuantity(service.resources.storage);
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Remove {service.name}?</Text>}>
      <Stack>
        <List size="sm" spacing="xs">
          <List.Item>The tool stops; what runs in it ends now, and open tabs lose their connection.</List.Item>
          {storage > 0 && (
            <List.Item>
              <b>Its own storage of {formatResource("storage", service.resources.storage)} is deleted for good</b>,
              with every file that is only there.
            </List.Item>
          )}
          <List.Item>Files in the tenant&apos;s bucket and the tenant&apos;s secrets stay.</List.Item>
          <List.Item>Its share of the quota is free again.</List.Item>
        </List>
        <Text size="sm" c="dimmed">
          To free CPU and memory and keep the storage, pause it instead.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" onClick={onConfirm}>
            Remove
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
