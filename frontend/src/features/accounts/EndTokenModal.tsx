import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

import { ProblemNotice } from "@/components/ProblemNotice";

interface EndTokenModalProps {
  /** Null: closed. */
  name: string | null;
  /** What is done, such as "Revoke". */
  ending: string;
  children: ReactNode;
  pending: boolean;
  error: unknown;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before a script loses its way in. */
export function EndTokenModal({ name, ending, children, pending, error, onClose, onConfirm }: EndTokenModalProps) {
  return (
    <Modal
      opened={name !== null}
      onClose={onClose}
      title={
        <Text fw={650}>
          {ending} “{name}”?
        </Text>
      }
    >
      <Stack>
        <Text size="sm">{children}</Text>
        {error !== null && <ProblemNotice title="That did not work" error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={pending} onClick={onConfirm}>
            {ending}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
