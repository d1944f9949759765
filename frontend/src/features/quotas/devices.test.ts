import { expect, test } from "vitest";

import { asTyped, changedDevices, knownDevices } from "./devices";

const gpu = "nvidia.com/gpu";
const slice = "nvidia.com/mig-1g.5gb";

test.each([
  ["nothing typed changes nothing", { [gpu]: "2" }, { [gpu]: "2" }, {}],
  ["another number is a number", { [gpu]: "2" }, { [gpu]: " 4 " }, { [gpu]: 4 }],
  ["a cleared one is taken away", { [gpu]: "2" }, { [gpu]: "" }, { [gpu]: null }],
  ["a new one that stays empty is none", {}, { [slice]: "" }, {}],
  ["what is no number is left to the server, which says so", { [gpu]: "2" }, { [gpu]: "two" }, { [gpu]: "two" }],
  ["a new one", {}, { [slice]: "7" }, { [slice]: 7 }],
])("%s", (_, before, after, changed) => {
  expect(changedDevices(before, after)).toEqual(changed);
});

test("what the platform has is offered beside what has a limit", () => {
  const row = { capacity: "7", told_by: "runtime" as const, promised: "0", used: "0", overcommit: 0 };
  const capacity = [
    { ...row, resource: "cpu" },
    { ...row, resource: slice },
  ];
  expect(knownDevices(asTyped({ [gpu]: 2 }), capacity)).toEqual([gpu, slice]);
});
