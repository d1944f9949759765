/** What a person has filled in so far, and the request that it stands for. Pure. */
import { type LaunchForm, type LaunchRequest, type Preset, type Resource, RESOURCES } from "@/api/types";
import { parseQuantity } from "@/components/quantity";

export type Values = Record<string, unknown>;
export type Sizes = Partial<Record<Resource, string | number>>;

/** Sizes, and the special preset that was chosen: others are known by their sizes. */
export interface Size {
  resources: Sizes;
  preset: string | null;
}

export interface Draft extends Size {
  name: string;
  values: Values;
  secrets: string[];
}

export function firstDraft(form: LaunchForm, values: Values): Draft {
  const resources: Sizes = {};
  for (const resource of RESOURCES) {
    const range = form.resources[resource];
    if (range) resources[resource] = asRequested(resource, range.default);
  }
  return { name: "", preset: null, resources, values, secrets: [] };
}

/** The API takes gpu as an integer, all else as quantities. */
function asRequested(resource: Resource, quantity: string | number): string | number {
  return resource === "gpu" ? parseQuantity(quantity) : String(quantity);
}

/** The one that was chosen, or whose sizes are exactly these; undefined where somebody moved a slider. */
export function presetOf(presets: Preset[], { preset: chosen, resources }: Size): Preset | undefined {
  if (chosen !== null) return presets.find(({ id }) => id === chosen);
  return presets.find(
    (preset) =>
      !preset.special &&
      RESOURCES.every((resource) => {
        const asked = preset.resources[resource];
        return asked === undefined || parseQuantity(asked) === parseQuantity(resources[resource] ?? 0);
      }),
  );
}

/** Whether nobody chooses it beside the preset. Devices of a name fix whole GPUs as well. */
export function fixedBy({ resources }: Preset, resource: Resource): boolean {
  return resources[resource] !== undefined || (resource === "gpu" && resources.devices !== undefined);
}

export function withPreset({ resources }: Size, preset: Preset): Size {
  const next = { ...resources };
  for (const resource of RESOURCES) {
    const asked = preset.resources[resource];
    // What a special one says is its own affair: the sliders keep what they say.
    if (!preset.special && asked !== undefined && resource in resources) {
      next[resource] = asRequested(resource, asked);
    }
  }
  return { preset: preset.special ? preset.id : null, resources: next };
}

/** As the API takes it: a preset, and only what it does not say itself. */
export function askedSize(presets: Preset[], size: Size): Pick<LaunchRequest, "preset" | "resources"> {
  const preset = presetOf(presets, size);
  const free = RESOURCES.filter((one) => one in size.resources && !(preset && fixedBy(preset, one)));
  const resources = Object.fromEntries(free.map((one) => [one, size.resources[one]]));
  return { ...(preset ? { preset: preset.id } : {}), resources };
}

const isObject = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Only what differs from the defaults: a request says what somebody chose, no more. */
export function changedValues(defaults: Values, values: Values): Values {
  const changed: Values = {};
  for (const [key, value] of Object.entries(values)) {
    const before = defaults[key];
    if (isObject(value) && isObject(before)) {
      const inner = changedValues(before, value);
      if (Object.keys(inner).length > 0) changed[key] = inner;
    } else if (value !== undefined && JSON.stringify(value) !== JSON.stringify(before)) {
      changed[key] = value;
    }
  }
  return changed;
}

export function requestOf(
  presets: Preset[],
  draft: Draft,
  defaults: Values,
  chart: { catalog: string; name: string; version: string },
): LaunchRequest {
  return {
    catalog: chart.catalog,
    chart: chart.name,
    version: chart.version,
    ...(draft.name === "" ? {} : { name: draft.name }),
    ...askedSize(presets, draft),
    values: changedValues(defaults, draft.values),
    secrets: draft.secrets,
  };
}

/** A command that does the same as the button. The token stays out of the shell's history. */
export function curlOf(origin: string, tenant: string, request: LaunchRequest, key: string): string {
  const body = JSON.stringify(request, null, 2).replaceAll("'", String.raw`'\''`);
  return [
    `curl -X POST ${origin}/api/v1/tenants/${tenant}/services`,
    `-H "Authorization: Bearer $DATALAB_TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-H 'Idempotency-Key: ${key}'`,
    `-d '${body}'`,
  ].join(" \\\n  ");
}

/** One per form, so that pressing twice launches once. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
