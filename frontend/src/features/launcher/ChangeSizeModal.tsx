import { Button, Group, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { formQuery } from "@/api/catalog";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { roomQuery } from "@/api/room";
import { changeSize } from "@/api/services";
import type { LaunchForm, Room, Service } from "@/api/types";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { askedSize, type Size } from "./draft";
import { RefusedChange } from "./RefusedChange";
import { SizePicker } from "./SizePicker";

interface ChangeSizeModalProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
}

/** More or less CPU, memory and GPU for a service that exists. Its storage stays as it is. */
export function ChangeSizeModal({ service, opened, onClose }: ChangeSizeModalProps) {
  const { slug } = useTenant();
  const form = useQuery({
    ...formQuery({ tenant: slug, catalog: service.catalog, chart: service.chart }, service.version),
    enabled: opened,
  });
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={<Text fw={650}>Size of {service.name}</Text>}>
      {form.error && <ProblemNotice title="Its sizes cannot be shown" error={form.error} />}
      {form.isPending && <Skeleton height={280} />}
      {form.data && <SizeForm service={service} form={form.data} onClose={onClose} />}
    </Modal>
  );
}

/** With the special preset that it has, where that is still offered. */
function sizeOf(service: Service, form: LaunchForm): Size {
  const { cpu, memory, gpu, storage } = service.resources;
  const has = form.presets.find(({ id, special }) => special && id === service.preset);
  const sizes = { cpu, memory, storage, ...(form.resources.gpu ? { gpu } : {}) };
  return { preset: has?.id ?? null, resources: sizes };
}

/** What it has now comes back with the change: what the quota refuses only the change itself can say. */
const undecided = (room: Room): Room => ({
  ...room,
  presets: room.presets.map((one) =>
    one.state === "refused" ? { ...one, state: "unknown", because: "" } : one,
  ),
});

function SizeForm({ service, form, onClose }: { service: Service; form: LaunchForm; onClose: () => void }) {
  const { slug } = useTenant();
  const queries = useQueryClient();
  const { data: room } = useQuery(roomQuery(slug));
  const [size, setSize] = useState<Size>(() => sizeOf(service, form));
  const change = useMutation({
    mutationFn: () =>
      changeSize({ tenant: slug, service: service.id }, askedSize(form.presets, size)),
    onSuccess: () => {
      notifyDone(`${service.name} gets its new size`);
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.tenant(slug) }),
  });
  const problem = change.error ? asProblem(change.error) : null;
  const { cpu, memory, gpu } = form.resources;
  return (
    <Stack gap="lg">
      <SizePicker
        form={{ presets: form.presets, resources: { cpu, memory, ...(gpu ? { gpu } : {}) } }}
        size={size}
        room={room && undecided(room)}
        errors={problem?.fields ?? {}}
        onChange={setSize}
      />
      {problem && <RefusedChange title="Not changed" problem={problem} />}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" style={{ flex: "1 1 220px" }}>
          A running tool is started anew with its new size; what runs in it ends.
        </Text>
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={change.isPending} onClick={() => change.mutate()}>
            Change
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}
