import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { rollBackService } from "@/api/services";
import type { Service } from "@/api/types";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";

import { RefusedChange } from "./RefusedChange";

interface RollBackProps {
  service: Service;
  to: { revision: number; version: string };
  onClose: () => void;
}

interface RollBackModalProps extends Omit<RollBackProps, "to"> {
  to: RollBackProps["to"] | null;
  opened: boolean;
}

export function RollBackModal({ service, to, opened, onClose }: RollBackModalProps) {
  return (
    <Modal
      opened={opened && to !== null}
      onClose={onClose}
      title={<Text fw={650}>Roll {service.name} back?</Text>}
    >
      {to && <RollBack service={service} to={to} onClose={onClose} />}
    </Modal>
  );
}

function RollBack({ service, to, onClose }: RollBackProps) {
  const { slug } = useTenant();
  const queries = useQueryClient();
  const rollBack = useMutation({
    mutationFn: () => rollBackService({ tenant: slug, service: service.id }, to.revision),
    onSuccess: () => {
      notifyDone(`${service.name} is on its way back to ${to.version}`);
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.tenant(slug) }),
  });
  const problem = rollBack.error ? asProblem(rollBack.error) : null;
  return (
    <Stack>
      <List size="sm" spacing="xs">
        <List.Item>
          It becomes what it was at revision {to.revision}: version {to.version}, with the size and options of then.
        </List.Item>
        <List.Item>
          Its storage and address stay. What the newer version has changed in its files stays changed.
        </List.Item>
        <List.Item>
          {service.phase === "paused" ? "It stays paused." : "The tool is started anew; what runs in it ends."}
        </List.Item>
      </List>
      {problem && <RefusedChange title="Not rolled back" problem={problem} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button loading={rollBack.isPending} onClick={() => rollBack.mutate()}>
          Roll back
        </Button>
      </Group>
    </Stack>
  );
}
