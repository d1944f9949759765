/** What a person has filled in so far, and the request that it stands for. Pure. */
import { type LaunchForm, type LaunchRequest, type Preset, type Resource, RESOURCES } from "@/api/types";
import { parseQuantity } from "@/components/quantity";

export type Values = Record<string, unknown>;
export type Sizes = Partial<Record<Resource, string | number>>;

export interface Draft {
  name: string;
  resources: Sizes;
  values: Values;
  secrets: string[];
}

export function firstDraft(form: LaunchForm, values: Values): Draft {
  const resources: Sizes = {};
  for (const resource of RESOURCES) {
    const range = form.resources[resource];
    if (range) resources[resource] = asRequested(resource, range.default);
  }
  return { name: "", resources, values, secrets: [] };
}

/** The API takes gpu as an integer, all else as quantities. */
function asRequested(resource: Resource, quantity: string | number): string | number {
  return resource === "gpu" ? parseQuantity(quantity) : String(quantity);
}

/** The preset whose sizes are exactly these; undefined where somebody moved a slider. */
export function presetOf(presets: Preset[], resources: Sizes): Preset | undefined {
  return presets.find((preset) =>
    RESOURCES.every((resource) => {
      const asked = preset.resources[resource];
      return asked === undefined || parseQuantity(asked) === parseQuantity(resources[resource] ?? 0);
    }),
  );
}

export function withPreset(resources: Sizes, preset: Preset): Sizes {
  const next = { ...resources };
  for (const resource of RESOURCES) {
    const asked = preset.resources[resource];
    if (asked !== undefined && resource in resources) next[resource] = asRequested(resource, asked);
  }
  return next;
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
  draft: Draft,
  defaults: Values,
  chart: { catalog: string; name: string; version: string },
): LaunchRequest {
  return {
    catalog: chart.catalog,
    chart: chart.name,
    version: chart.version,
    ...(draft.name === "" ? {} : { name: draft.name }),
    resources: draft.resources as NonNullable<LaunchRequest["resources"]>,
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
