import { Button, Group, List, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import type { Tenant } from "@/api/types";
import { ProblemNotice } from "@/components/ProblemNotice";

import { useSuspension } from "./useSuspension";

interface SuspendModalProps {
  tenant: Tenant;
  opened: boolean;
  onClose: () => void;
}

export function SuspendModal({ tenant, opened, onClose }: SuspendModalProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Suspend {tenant.display_name}?</Text>}>
      <SuspendForm tenant={tenant} onClose={onClose} />
    </Modal>
  );
}

function SuspendForm({ tenant, onClose }: Omit<SuspendModalProps, "opened">) {
  const [reason, setReason] = useState("");
  const { suspend } = useSuspension(tenant);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    suspend.mutate(reason.trim(), { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit} aria-label="Suspend the tenant">
      <Stack>
        <List size="sm" spacing="xs">
          <List.Item>Everything that runs is paused, and open tools lose their connection in seconds.</List.Item>
          <List.Item>Nothing is lost: storage, files and secrets stay as they are.</List.Item>
          <List.Item>Members can look, but neither launch nor change anything.</List.Item>
        </List>
        <Textarea
          label="Reason"
          description="Everybody in the tenant reads it."
          required
          autosize
          minRows={2}
          maxLength={500}
          data-autofocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {suspend.error && <ProblemNotice title="It was not suspended" error={suspend.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" color="orange.8" loading={suspend.isPending} disabled={reason.trim() === ""}>
            Suspend
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
