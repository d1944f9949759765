import { Button, Group, Paper, Radio, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { deleteTenant } from "@/api/deletion";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { MyTenant } from "@/api/types";
import { ProblemNotice } from "@/components/ProblemNotice";

interface DeletionFormProps {
  tenant: MyTenant;
  confirmation: string;
  /** The list is not what it was. */
  onChanged: () => void;
}

const RETENTIONS = [
  { days: 7, label: "In 7 days: until then everything is paused and kept, and you can change your mind" },
  { days: 30, label: "In 30 days" },
  { days: 90, label: "In 90 days" },
  { days: 0, label: "Now: there is no way back" },
];

export function DeletionForm({ tenant, confirmation, onChanged }: DeletionFormProps) {
  const queries = useQueryClient();
  const [days, setDays] = useState("7");
  const [name, setName] = useState("");
  const order = useMutation({
    mutationFn: () => deleteTenant(tenant.slug, { confirmation, retention_days: Number(days), name: name.trim() }),
    onSuccess: async (deletion) => {
      queries.setQueryData(keys.deletion(tenant.slug), deletion);
      await Promise.all([
        queries.invalidateQueries({ queryKey: keys.tenantItself(tenant.slug) }),
        queries.invalidateQueries({ queryKey: keys.tenants }),
      ]);
    },
    onError: (error) => {
      if (asProblem(error).status === 409) onChanged();
    },
  });
  const typed = name.trim() === tenant.display_name;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    order.mutate();
  };
  return (
    <Paper component="section" aria-label="Confirm">
      <Title order={2} mb="md">
        2. When, and once more
      </Title>
      <form onSubmit={submit}>
        <Stack>
          <Radio.Group label="When it goes" value={days} onChange={setDays}>
            <Stack gap="xs" mt="xs">
              {RETENTIONS.map((one) => (
                <Radio key={one.days} value={String(one.days)} label={one.label} />
              ))}
            </Stack>
          </Radio.Group>
          <TextInput
            label={`Type the tenant's name: ${tenant.display_name}`}
            autoComplete="off"
            maw={420}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {order.error && <ProblemNotice title="It was not deleted" error={order.error} />}
          <Group>
            <Button type="submit" color="red.8" disabled={!typed} loading={order.isPending}>
              {days === "0" ? "Delete it now" : `Delete it in ${days} days`}
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
