import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { changeOwnLimits } from "@/api/quotas";
import type { SomeQuantities } from "@/api/types";
import { ProblemNotice } from "@/components/ProblemNotice";

import { AmountFields } from "./AmountFields";
import { changed, typed } from "./resources";

interface OwnLimitsModalProps {
  tenant: string;
  /** null: the default of all members. */
  user: string | null;
  own: SomeQuantities;
  onClose: () => void;
}

export function OwnLimitsModal({ tenant, user, own, onClose }: OwnLimitsModalProps) {
  const queries = useQueryClient();
  const before = typed(own);
  const [value, setValue] = useState(before);
  const save = useMutation({
    mutationFn: () => changeOwnLimits(tenant, user, changed(before, value)),
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: keys.quota(tenant) });
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      title={user === null ? "Default limits of members" : `Limits of ${user}`}
      size="lg"
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            {user === null
              ? "Empty: only the tenant's quota limits a member."
              : "Empty: the default of the tenant holds."}{" "}
            Less than what is held stops nothing; it only stops new launches.
          </Text>
          <AmountFields
            value={value}
            onChange={setValue}
            errors={save.error ? asProblem(save.error).fields : {}}
            prefix="limits."
          />
          {save.error && <ProblemNotice title="Not changed" error={save.error} />}
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
