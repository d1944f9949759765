import { Button, Group, Input, SimpleGrid, Stack, TextInput } from "@mantine/core";
import { useState } from "react";

import type { DeviceLimits } from "./devices";

interface DeviceFieldsProps {
  names: string[];
  value: DeviceLimits;
  onChange: (value: DeviceLimits) => void;
  error?: string | undefined;
}

/** Limits of GPUs and slices of them, each by its own resource name. */
export function DeviceFields({ names, value, onChange, error }: DeviceFieldsProps) {
  const [name, setName] = useState("");
  const add = () => {
    onChange({ ...value, [name.trim()]: value[name.trim()] ?? "" });
    setName("");
  };
  return (
    <Stack gap="xs">
      <Input.Wrapper
        label="Devices by name"
        description="Whole GPUs count in GPU as well. A slice without a limit cannot be launched."
        error={error}
      />
      {names.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
          {names.map((one) => (
            <TextInput
              key={one}
              label={one}
              placeholder="No limit"
              inputMode="numeric"
              maxLength={7}
              value={value[one] ?? ""}
              onChange={({ currentTarget }) => onChange({ ...value, [one]: currentTarget.value })}
            />
          ))}
        </SimpleGrid>
      )}
      <Group align="end" gap="xs" wrap="nowrap">
        <TextInput
          label="Another device"
          placeholder="nvidia.com/mig-1g.5gb"
          maxLength={100}
          value={name}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
          style={{ flex: "1 1 auto", maxWidth: 320 }}
        />
        <Button variant="default" onClick={add} disabled={!name.includes("/")}>
          Add
        </Button>
      </Group>
    </Stack>
  );
}
