import { expect, test } from "vitest";

import { tighter } from "./tighter";

const none = { cpu: "0", memory: "0", gpu: 0, storage: "0", services: 0 };
const quota = { limits: { ...none, cpu: "8" }, used: { ...none, cpu: "2" }, after: none };

test.each([
  ["without a limit of one's own it is the tenant's", {}, {}, { limit: "8", used: "2", own: false }],
  ["the own one where it leaves less", { cpu: "4" }, { cpu: "1" }, { limit: "4", used: "1", own: true }],
  ["the tenant's where that leaves less", { cpu: "9" }, { cpu: "1" }, { limit: "8", used: "2", own: false }],
])("%s", (_, limits, used, expected) => {
  expect(tighter({ quota, own: { limits, used, after: {} } }, "cpu")).toEqual(expected);
});
