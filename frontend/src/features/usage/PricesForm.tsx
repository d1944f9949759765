import { Alert, Button, Group, Paper, SimpleGrid, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { PriceVersion } from "@/api/types";
import { setPrices } from "@/api/usage";
import { notifyDone } from "@/components/notify";

import { devicesOf, RATES, shortened } from "./rates";

/** New prices, beginning with the latest ones. */
export function PricesForm({ latest }: { latest: PriceVersion | null }) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(() => draftOf(latest));
  const devices = devicesOf(draft.devices);
  const save = useMutation({
    mutationFn: () => setPrices({ ...draft, devices: devices ?? {} }),
    onSuccess: async (saved) => {
      notifyDone("Prices saved", `They count from ${saved.valid_from} on.`);
      await queries.invalidateQueries({ queryKey: keys.prices });
    },
  });
  const problem = save.error ? asProblem(save.error) : null;
  const field = (name: keyof typeof draft) => ({
    value: draft[name],
    error: problem?.fields[name],
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      setDraft((before) => ({ ...before, [name]: currentTarget.value })),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (devices !== undefined) save.mutate();
  };
  return (
    <Paper component="form" aria-label="New prices" onSubmit={submit}>
      <Stack gap="md">
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
          <TextInput type="date" label="From this day on (UTC)" required {...field("valid_from")} />
          <TextInput
            label="Currency"
            description="Three capital letters. It stays for good."
            required
            maxLength={3}
            {...field("currency")}
          />
          {RATES.map(({ name, title }) => (
            <TextInput key={name} label={title} inputMode="decimal" required {...field(name)} />
          ))}
        </SimpleGrid>
        <Textarea
          label="Devices with a price of their own, an hour"
          description="A line for each: its name and the price. Others cost what a GPU costs."
          placeholder="nvidia.com/gpu 2.5"
          autosize
          minRows={2}
          {...field("devices")}
          error={devices === undefined ? "A line is a name and a price, such as nvidia.com/gpu 2.5" : problem?.fields.devices}
        />
        {problem && (
          <Alert color="red" role="alert" title="Not saved">
            {problem.message}
          </Alert>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            Save prices
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function draftOf(latest: PriceVersion | null) {
  const rates = Object.fromEntries(
    RATES.map(({ name }) => [name, latest ? shortened(latest[name]) : "0"]),
  ) as Record<(typeof RATES)[number]["name"], string>;
  const lines = Object.entries(latest?.devices ?? {}).map(([name, price]) => `${name} ${shortened(price)}`);
  return {
    ...rates,
    valid_from: new Date().toISOString().slice(0, 10),
    currency: latest?.currency ?? "EUR",
    devices: lines.join("\n"),
  };
}
