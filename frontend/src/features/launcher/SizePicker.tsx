import { Anchor, Group, NumberInput, SimpleGrid, Slider, Stack, Text } from "@mantine/core";

import { type LaunchForm, type Resource, RESOURCES, type ResourceRange, type Room } from "@/api/types";
import {
  formatResource,
  fromSlider,
  parseQuantity,
  RESOURCE_TITLES,
  toSlider,
} from "@/components/quantity";

import { fixedBy, presetOf, type Size, withPreset } from "./draft";
import { errorAt } from "./fieldErrors";
import { PresetChoice } from "./PresetChoice";
import { roomSentences } from "./roomWords";

interface SizePickerProps {
  form: Pick<LaunchForm, "presets" | "resources">;
  size: Size;
  room: Room | undefined;
  errors: Record<string, string[]>;
  onChange: (size: Size) => void;
}

const unitOf = (resource: Resource, value: number) => {
  if (resource === "cpu") return value === 1 ? " core" : " cores";
  return resource === "gpu" ? "" : " GiB";
};
const HINTS: Record<Resource, string> = {
  cpu: "Free again while it is paused",
  memory: "More than this, and the tool is stopped and started anew",
  gpu: "Whole devices, yours alone",
  storage: "The tool's own disk; kept while it is paused",
};

export function SizePicker({ form, size, room, errors, onChange }: SizePickerProps) {
  const current = presetOf(form.presets, size);
  const roomOf = (id: string) => room?.presets.find((one) => one.id === id);
  const special = current?.special ? current : undefined;
  const offered = RESOURCES.filter((resource) => {
    const range = form.resources[resource];
    return range && parseQuantity(range.max) > 0 && !(special && fixedBy(special, resource));
  });
  const presetError = errorAt(errors, "preset");
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" role="radiogroup" aria-label="Preset sizes">
        {form.presets.map((preset) => (
          <PresetChoice
            key={preset.id}
            preset={preset}
            room={roomOf(preset.id)}
            chosen={preset === current}
            onChoose={() => onChange(withPreset(size, preset))}
          />
        ))}
      </SimpleGrid>
      {presetError !== undefined && (
        <Text size="xs" c="red" role="alert">
          {presetError}
        </Text>
      )}
      {special && (
        <Text size="sm" c="dimmed">
          What “{special.title}” says of the size is fixed.{" "}
          <Anchor component="button" type="button" onClick={() => onChange({ ...size, preset: null })}>
            Choose a size of your own
          </Anchor>
        </Text>
      )}
      <RoomNow resources={(special ? roomOf(special.id) : room)?.resources} />
      {offered.map((resource) => (
        <SizeSlider
          key={resource}
          resource={resource}
          range={form.resources[resource] as ResourceRange}
          value={size.resources[resource] ?? 0}
          error={errorAt(errors, `resources.${resource}`)}
          onChange={(quantity) =>
            onChange({ ...size, resources: { ...size.resources, [resource]: quantity } })
          }
        />
      ))}
    </Stack>
  );
}

function RoomNow({ resources }: { resources: Room["resources"] | undefined }) {
  const sentences = roomSentences(resources ?? []);
  if (sentences.length === 0) return null;
  return (
    <div role="note" aria-label="Free now">
      {sentences.map((sentence) => (
        <Text key={sentence} size="sm" c="dimmed" className="numbers" style={{ overflowWrap: "anywhere" }}>
          {sentence}
        </Text>
      ))}
    </div>
  );
}

interface SizeSliderProps {
  resource: Resource;
  range: ResourceRange;
  value: string | number;
  error: string | undefined;
  onChange: (quantity: string | number) => void;
}

function SizeSlider({ resource, range, value, error, onChange }: SizeSliderProps) {
  const [min, max, step] = [range.min, range.max, range.step].map((edge) => toSlider(resource, edge)) as [
    number,
    number,
    number,
  ];
  const now = toSlider(resource, value);
  const title = RESOURCE_TITLES[resource] ?? resource;
  return (
    <div>
      <Group justify="space-between" wrap="nowrap" gap="md" align="flex-end" mb={6}>
        <div>
          <Text size="sm" fw={600}>
            {title}
          </Text>
          <Text size="xs" c="dimmed">
            {HINTS[resource]}
          </Text>
        </div>
        <NumberInput
          aria-label={title}
          value={now}
          min={min}
          max={max}
          step={step}
          suffix={unitOf(resource, now)}
          decimalScale={3}
          clampBehavior="blur"
          style={{ flex: "0 0 128px" }}
          error={error !== undefined}
          onChange={(typed) => {
            if (typeof typed === "number") onChange(fromSlider(resource, typed));
          }}
        />
      </Group>
      <Slider
        min={min}
        max={max}
        step={step}
        value={now}
        label={(there) => formatResource(resource, fromSlider(resource, there))}
        thumbLabel={title}
        onChange={(there) => onChange(fromSlider(resource, there))}
      />
      <Group justify="space-between" mt={4}>
        <Text size="xs" c="dimmed">
          {formatResource(resource, range.min)}
        </Text>
        <Text size="xs" c="dimmed">
          {formatResource(resource, range.max)}
        </Text>
      </Group>
      {error !== undefined && (
        <Text size="xs" c="red" role="alert">
          {error}
        </Text>
      )}
    </div>
  );
}
