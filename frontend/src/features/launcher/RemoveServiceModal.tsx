import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { serviceQuery } from "@/api/services";
import type { Service } from "@/api/types";
import { useTenant } from "@/app/session";
import { formatResource } from "@/components/quantity";

import { type StorageFate, storageFate } from "./storageFate";

interface RemoveServiceModalProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

export function RemoveServiceModal({ service, opened, onClose, onConfirm }: RemoveServiceModalProps) {
  const { slug } = useTenant();
  const detail = useQuery({ ...serviceQuery({ tenant: slug, service: service.id }), enabled: opened });
  const fate = detail.data && storageFate(detail.data);
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Remove {service.name}?</Text>}>
      <Stack>
        <List size="sm" spacing="xs">
          <List.Item>The tool stops; what runs in it ends now, and open tabs lose their connection.</List.Item>
          <StorageItem fate={fate} size={formatResource("storage", service.resources.storage)} />
          <List.Item>Files in the tenant&apos;s bucket and the tenant&apos;s secrets stay.</List.Item>
        </List>
        {fate !== "none" && (
          <Text size="sm" c="dimmed">
            To free CPU and memory and keep the tool with its storage, pause it instead.
          </Text>
        )}
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

function StorageItem({ fate, size }: { fate: StorageFate | undefined; size: string }) {
  switch (fate) {
    case "none":
      return null;
    case "kept":
      return <List.Item>Its own storage of {size} stays, as chosen when it was launched.</List.Item>;
    case "deleted":
      return (
        <List.Item>
          <b>Its own storage of {size} is deleted for good</b>, with every file that is only there.
        </List.Item>
      );
    case undefined:
      return (
        <List.Item>
          <b>Its own storage of {size} is deleted for good</b>, unless it was launched to keep it.
        </List.Item>
      );
  }
}
