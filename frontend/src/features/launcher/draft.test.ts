import { describe, expect, it } from "vitest";

import type { LaunchForm } from "@/api/types";

import { askedSize, changedValues, curlOf, firstDraft, newIdempotencyKey, presetOf, requestOf, withPreset } from "./draft";

const range = (value: string) => ({ default: value, min: "1", max: "9", step: "1" });
const form: LaunchForm = {
  schema: {},
  ui: {},
  defaults: {},
  presets: [
    { id: "small", title: "Small", description: "", special: false, resources: { cpu: "500m", memory: "1Gi" } },
    { id: "large", title: "Large", description: "", special: false, resources: { cpu: "4", memory: "8Gi" } },
    { id: "pool", title: "Pool", description: "", special: true, resources: { cpu: "500m", memory: "1Gi" } },
    { id: "slice", title: "Slice", description: "", special: true, resources: { cpu: "2", devices: { "v.com/mig-1g": 1 } } },
  ],
  resources: { cpu: range("500m"), memory: range("1Gi"), storage: range("10Gi") },
};

describe("a draft", () => {
  it("begins with the form's own sizes and knows the preset that they are", () => {
    const draft = firstDraft(form, {});
    expect(draft.resources).toEqual({ cpu: "500m", memory: "1Gi", storage: "10Gi" });
    expect(presetOf(form.presets, draft)?.id).toBe("small");
  });

  it("keeps what a preset does not speak of", () => {
    const [, large] = form.presets;
    if (large === undefined) throw new Error("there are some");
    const size = withPreset({ preset: "slice", resources: { cpu: "1", memory: "2Gi", storage: "30Gi" } }, large);
    expect(size).toEqual({ preset: null, resources: { cpu: "4", memory: "8Gi", storage: "30Gi" } });
  });

  it("has a special preset only where somebody chose it", () => {
    const [, , pool] = form.presets;
    const draft = firstDraft(form, {});
    expect(presetOf(form.presets, draft)?.id).toBe("small");
    expect(pool && presetOf(form.presets, withPreset(draft, pool))?.id).toBe("pool");
  });

  it("asks for a preset and for what that does not say", () => {
    const resources = { cpu: "1", memory: "2Gi", gpu: 1, storage: "30Gi" };
    expect(askedSize(form.presets, { preset: null, resources })).toEqual({ resources });
    expect(askedSize(form.presets, { preset: "slice", resources })).toEqual({
      preset: "slice",
      resources: { memory: "2Gi", storage: "30Gi" },
    });
    expect(askedSize(form.presets, firstDraft(form, {}))).toEqual({
      preset: "small",
      resources: { storage: "10Gi" },
    });
  });

  it("asks only for what somebody changed", () => {
    const defaults = { a: 1, group: { b: "x", c: [1] } };
    expect(changedValues(defaults, { a: 1, group: { b: "y", c: [1] } })).toEqual({ group: { b: "y" } });
    expect(changedValues(defaults, defaults)).toEqual({});
  });

  it("leaves an empty name to the platform", () => {
    const request = requestOf(form.presets, firstDraft(form, {}), {}, { catalog: "c", name: "n", version: "1" });
    expect("name" in request).toBe(false);
  });
});

describe("the same from a program", () => {
  it("quotes what a shell would read otherwise and holds no token", () => {
    const command = curlOf("http://localhost", "acme", { chart: "x", values: { a: "it's" } }, "k");
    expect(command).toContain(String.raw`it'\''s`);
    expect(command).toContain("$DATALAB_TOKEN");
  });

  it("has a key of its own for each form", () => {
    expect(newIdempotencyKey()).not.toBe(newIdempotencyKey());
  });
});
