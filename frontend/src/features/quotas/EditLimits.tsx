import { Alert, Button, Group, List, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { capacityQuery, changeLimits } from "@/api/quotas";
import type { Quota } from "@/api/types";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { AmountFields } from "./AmountFields";
import { DeviceFields } from "./DeviceFields";
import { asTyped, changedDevices, knownDevices } from "./devices";
import { effects } from "./effects";
import { asLimits, changed, typed } from "./resources";

/** A platform administrator sets the tenant's limits, and sees before what that means. */
export function EditLimits({ tenant, quota }: { tenant: string; quota: Quota }) {
  const queries = useQueryClient();
  const before = typed(quota.base);
  const [value, setValue] = useState(before);
  const devicesBefore = asTyped(quota.base.devices);
  const [devices, setDevices] = useState(devicesBefore);
  const capacity = useQuery(capacityQuery);
  const otherDevices = changedDevices(devicesBefore, devices);
  const devicesDiffer = Object.keys(otherDevices).length > 0;
  const save = useMutation({
    mutationFn: () =>
      changeLimits(tenant, {
        ...asLimits(changed(before, value)),
        ...(devicesDiffer && { devices: otherDevices }),
      }),
    onSuccess: async (after) => {
      setValue(typed(after.base));
      setDevices(asTyped(after.base.devices));
      notifyDone("Limits changed");
      await queries.invalidateQueries({ queryKey: keys.quota(tenant) });
      await queries.invalidateQueries({ queryKey: keys.capacity });
    },
  });
  const fields = save.error ? asProblem(save.error).fields : {};
  const unchanged = Object.keys(changed(before, value)).length === 0 && !devicesDiffer;
  const told = effects(quota, value, capacity.data?.resources ?? []);
  return (
    <Paper component="section" aria-label="Limits of the tenant">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          <div>
            <Title order={2}>Limits of the tenant</Title>
            <Text size="sm" c="dimmed">
              Without what is granted until a date. Less than what is used stops nothing that runs.
            </Text>
          </div>
          <AmountFields value={value} onChange={setValue} errors={fields} prefix="limits." />
          <DeviceFields
            names={knownDevices(devices, capacity.data?.resources ?? [])}
            value={devices}
            onChange={setDevices}
            error={Object.entries(fields)
              .filter(([path]) => path.startsWith("limits.devices"))
              .flatMap(([, texts]) => texts)
              .join(" ")}
          />
          {told.length > 0 && (
            <Alert color="iris" title="What this means" role="status">
              <List size="sm">
                {told.map((line) => (
                  <List.Item key={line}>{line}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          {save.error && <ProblemNotice title="Not changed" error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={unchanged}>
              Save the limits
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
