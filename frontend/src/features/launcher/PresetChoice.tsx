import { Text, UnstyledButton } from "@mantine/core";

import type { Preset, RoomOfPreset } from "@/api/types";
import { formatResource } from "@/components/quantity";

import { freeNow } from "./roomWords";

interface PresetChoiceProps {
  preset: Preset;
  /** What the machines and the quota say of it now. */
  room: RoomOfPreset | undefined;
  chosen: boolean;
  onChoose: () => void;
}

/** One the quota forbids can be read and not chosen; one that has to wait can be chosen all the same. */
export function PresetChoice({ preset, room, chosen, onChoose }: PresetChoiceProps) {
  const refused = room?.state === "refused";
  return (
    <UnstyledButton
      className="choice"
      role="radio"
      aria-checked={chosen}
      aria-disabled={refused || undefined}
      onClick={() => {
        if (!refused) onChoose();
      }}
    >
      <Text fw={650}>{preset.title}</Text>
      <Text size="sm" className="numbers">
        {sizesOf(preset).join(" · ")}
      </Text>
      {preset.description !== "" && (
        <Text size="xs" c="dimmed" mt={4}>
          {preset.description}
        </Text>
      )}
      {room && <RoomOf room={room} />}
    </UnstyledButton>
  );
}

function RoomOf({ room }: { room: RoomOfPreset }) {
  if (room.because !== "") {
    return (
      <Text size="xs" mt={6} fw={600} c={room.state === "refused" ? "red" : "var(--datalab-warning)"}>
        {room.because}
      </Text>
    );
  }
  const devices = room.resources.filter(({ mine }) => mine !== null).map(freeNow);
  return devices
    .filter((text) => text !== null)
    .map((text) => (
      <Text key={text} size="xs" c="dimmed" mt={6}>
        {text}
      </Text>
    ));
}

function sizesOf({ resources: { cpu, memory, gpu, devices } }: Preset): string[] {
  const named = Object.entries(devices ?? {});
  return [
    ...(cpu === undefined ? [] : [formatResource("cpu", cpu)]),
    ...(memory === undefined ? [] : [formatResource("memory", memory)]),
    ...named.map(([name, number]) => `${number} × ${name}`),
    ...(gpu && named.length === 0 ? [formatResource("gpu", gpu)] : []),
  ];
}
