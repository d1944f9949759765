import { expect, test } from "vitest";

import { changesOf } from "./changes";

test("what changed comes first, what stayed is still there", () => {
  const lines = changesOf({ before: { cpu: "2", memory: "4Gi" }, after: { cpu: "2", memory: "8Gi" } });
  expect(lines).toEqual([
    { name: "memory", before: "4Gi", after: "8Gi", changed: true },
    { name: "cpu", before: "2", after: "2", changed: false },
  ]);
});

test("what was made has no before, what was removed no after", () => {
  expect(changesOf({ before: null, after: { display_name: "Acme" } })).toEqual([
    { name: "display name", before: "", after: "Acme", changed: true },
  ]);
  expect(changesOf({ before: { role: "admin" }, after: null })).toEqual([
    { name: "role", before: "admin", after: "", changed: true },
  ]);
});
