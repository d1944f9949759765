import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { ListedService } from "@/api/allServices";
import { Icon } from "@/components/Icon";

import { useBulk } from "./useBulk";

const MOST_NAMED = 8;

/** What can be done with all that is selected. */
export function SelectionBar({ chosen, onDone }: { chosen: ListedService[]; onDone: () => void }) {
  const [removing, removal] = useDisclosure(false);
  const bulk = useBulk();
  const running = chosen.filter(({ phase }) => !["paused", "pausing", "removing"].includes(phase));
  const count = `${chosen.length} ${chosen.length === 1 ? "service" : "services"}`;
  if (chosen.length === 0 && !bulk.isPending) return null;
  const tell = (verb: "pause" | "remove", services: ListedService[]) =>
    bulk.mutate({ verb, services }, { onSuccess: onDone });
  return (
    <Group mb="sm" gap="sm" role="toolbar" aria-label="Selected services">
      <Text size="sm" fw={600}>
        {count} selected
      </Text>
      <Button
        size="xs"
        variant="default"
        leftSection={<Icon name="pause" size={14} />}
        disabled={running.length === 0}
        loading={bulk.isPending}
        onClick={() => tell("pause", running)}
      >
        Pause
      </Button>
      <Button
        size="xs"
        variant="default"
        c="red"
        leftSection={<Icon name="trash" size={14} />}
        loading={bulk.isPending}
        onClick={removal.open}
      >
        Remove…
      </Button>
      <Modal opened={removing} onClose={removal.close} title={<Text fw={650}>Remove {count}?</Text>}>
        <Stack>
          <List size="sm">
            {chosen.slice(0, MOST_NAMED).map((service) => (
              <List.Item key={service.id}>
                <b>{service.name}</b> of {service.owner.display_name || service.owner.username} in{" "}
                {service.tenant.display_name}
              </List.Item>
            ))}
            {chosen.length > MOST_NAMED && <List.Item>and {chosen.length - MOST_NAMED} more</List.Item>}
          </List>
          <Text size="sm">
            They stop now. <b>Their own storage is deleted for good</b>, unless it was launched to be kept.
            Files in buckets and secrets stay. To free CPU and memory only, pause them instead.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={removal.close} data-autofocus>
              Keep them
            </Button>
            <Button
              color="red"
              onClick={() => {
                removal.close();
                tell("remove", chosen);
              }}
            >
              Remove {count}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Group>
  );
}
