import { expect, test } from "vitest";

import { Problem } from "@/api/problem";
import type { Preview } from "@/api/types";

import { whyNot } from "./whyNot";

const none = { cpu: "0", memory: "0", gpu: 0, storage: "0", services: 0 };
const fitting: Preview = {
  values: {},
  cost: null,
  manifests: [],
  footprint: none,
  quota: { limits: none, used: none, after: none },
  own: { limits: {}, used: {}, after: {} },
  fits: true,
  room: { state: "fits", because: "" },
  shortages: [],
  findings: [],
};
const shortage = {
  resource: "memory",
  whose: "tenant" as const,
  limit: "16Gi",
  used: "12Gi",
  asked: "8Gi",
  available: "4Gi",
};
const may = { mayLaunch: true, preview: fitting, problem: null };

test("what fits is launched", () => {
  expect(whyNot(may)).toBeNull();
});

test.each([
  ["a viewer is told whom to ask", { ...may, mayLaunch: false }, "Ask one of its administrators"],
  ["nothing is promised before the platform has answered", { ...may, preview: undefined }, "Working out"],
  [
    "a shortage is told with its numbers",
    { ...may, preview: { ...fitting, fits: false, shortages: [shortage] } },
    "Memory: asks for 8 GiB, 4 GiB of 16 GiB free.",
  ],
  [
    "a limit of one's own is told as one's own",
    { ...may, preview: { ...fitting, fits: false, shortages: [{ ...shortage, whose: "member" as const }] } },
    "4 GiB of 16 GiB of your own limit free.",
  ],
  [
    "a broken rule is no matter of size",
    { ...may, preview: { ...fitting, fits: false, findings: [{ code: "privileged", path: "", message: "" }] } },
    "rules of this platform",
  ],
  [
    "wrong input is told as it is",
    { ...may, problem: new Problem(400, { code: "invalid_input", detail: "name: too long" }) },
    "name: too long",
  ],
  ["silence is told as silence", { ...may, problem: new Problem(503, {}) }, "does not answer"],
])("%s", (_, situation, words) => {
  expect(whyNot(situation)).toContain(words);
});
