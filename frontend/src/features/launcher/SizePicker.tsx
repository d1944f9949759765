import { Group, NumberInput, SimpleGrid, Slider, Stack, Text, UnstyledButton } from "@mantine/core";

import { type LaunchForm, type Preset, type Resource, RESOURCES, type ResourceRange } from "@/api/types";
import {
  formatResource,
  fromSlider,
  parseQuantity,
  RESOURCE_TITLES,
  toSlider,
} from "@/components/quantity";

import { presetOf, type Sizes, withPreset } from "./draft";
import { errorAt } from "./fieldErrors";

interface SizePickerProps {
  form: Pick<LaunchForm, "presets" | "resources">;
  sizes: Sizes;
  errors: Record<string, string[]>;
  onChange: (sizes: Sizes) => void;
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

export function SizePicker({ form, sizes, errors, onChange }: SizePickerProps) {
  const current = presetOf(form.presets, sizes);
  const offered = RESOURCES.filter((resource) => {
    const range = form.resources[resource];
    return range && parseQuantity(range.max) > 0;
  });
  return (
    <Stack gap="lg">
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm" role="radiogroup" aria-label="Preset sizes">
        {form.presets.map((preset) => (
          <PresetChoice
            key={preset.id}
            preset={preset}
            chosen={preset === current}
            onChoose={() => onChange(withPreset(sizes, preset))}
          />
        ))}
      </SimpleGrid>
      {offered.map((resource) => (
        <SizeSlider
          key={resource}
          resource={resource}
          range={form.resources[resource] as ResourceRange}
          value={sizes[resource] ?? 0}
          error={errorAt(errors, `resources.${resource}`)}
          onChange={(quantity) => onChange({ ...sizes, [resource]: quantity })}
        />
      ))}
    </Stack>
  );
}

interface PresetChoiceProps {
  preset: Preset;
  chosen: boolean;
  onChoose: () => void;
}

function PresetChoice({ preset, chosen, onChoose }: PresetChoiceProps) {
  const { cpu, memory, gpu } = preset.resources;
  const parts = [
    cpu === undefined ? "" : formatResource("cpu", cpu),
    memory === undefined ? "" : formatResource("memory", memory),
    gpu ? formatResource("gpu", gpu) : "",
  ];
  return (
    <UnstyledButton className="choice" role="radio" aria-checked={chosen} onClick={onChoose}>
      <Text fw={650}>{preset.title}</Text>
      <Text size="sm" className="numbers">
        {parts.filter((part) => part !== "").join(" · ")}
      </Text>
      {preset.description !== "" && (
        <Text size="xs" c="dimmed" mt={4}>
          {preset.description}
        </Text>
      )}
    </UnstyledButton>
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
