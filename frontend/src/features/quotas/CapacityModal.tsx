import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { changeCapacity } from "@/api/quotas";
import type { CapacityResource } from "@/api/types";
import { titleOf } from "@/components/quantity";
import { ProblemNotice } from "@/components/ProblemNotice";

/** What there is of one resource, where the runtime cannot tell or is to be overruled. */
export function CapacityModal({ resource, onClose }: { resource: CapacityResource; onClose: () => void }) {
  const queries = useQueryClient();
  const [amount, setAmount] = useState(resource.told_by === "admin" ? (resource.capacity ?? "") : "");
  const save = useMutation({
    mutationFn: () => changeCapacity({ [resource.resource]: amount.trim() === "" ? null : amount.trim() }),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: keys.capacity });
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Capacity: ${titleOf(resource.resource)}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          <TextInput
            label="There is"
            description="Empty: what the runtime tells. It limits nothing by itself."
            placeholder={resource.capacity ?? "64"}
            value={amount}
            maxLength={32}
            onChange={({ currentTarget }) => setAmount(currentTarget.value)}
            data-autofocus
          />
          {save.error && <ProblemNotice title="Not set" error={save.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
