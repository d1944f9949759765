import { describe, expect, it } from "vitest";

import type { LaunchForm } from "@/api/types";

import { changedValues, curlOf, firstDraft, newIdempotencyKey, presetOf, requestOf, withPreset } from "./draft";

const range = (value: string) => ({ default: value, min: "1", max: "9", step: "1" });
const form: LaunchForm = {
  schema: {},
  ui: {},
  defaults: {},
  presets: [
    { id: "small", title: "Small", description: "", resources: { cpu: "500m", memory: "1Gi" } },
    { id: "large", title: "Large", description: "", resources: { cpu: "4", memory: "8Gi" } },
  ],
  resources: { cpu: range("500m"), memory: range("1Gi"), storage: range("10Gi") },
};

describe("a draft", () => {
  it("begins with the form's own sizes and knows the preset that they are", () => {
    const draft = firstDraft(form, {});
    expect(draft.resources).toEqual({ cpu: "500m", memory: "1Gi", storage: "10Gi" });
    expect(presetOf(form.presets, draft.resources)?.id).toBe("small");
  });

  it("keeps what a preset does not speak of", () => {
    const [, large] = form.presets;
    if (large === undefined) throw new Error("there are two");
    const sizes = withPreset({ cpu: "1", memory: "2Gi", storage: "30Gi" }, large);
    expect(sizes).toEqual({ cpu: "4", memory: "8Gi", storage: "30Gi" });
  });

  it("asks only for what somebody changed", () => {
    const defaults = { a: 1, group: { b: "x", c: [1] } };
    expect(changedValues(defaults, { a: 1, group: { b: "y", c: [1] } })).toEqual({ group: { b: "y" } });
    expect(changedValues(defaults, defaults)).toEqual({});
  });

  it("leaves an empty name to the platform", () => {
    const request = requestOf(firstDraft(form, {}), {}, { catalog: "c", name: "n", version: "1" });
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
