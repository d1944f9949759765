import { expect, test } from "vitest";

import type { CapacityResource } from "@/api/types";

import { effects } from "./effects";
import { asLimits, changed, inWords } from "./resources";

const none = { cpu: "0", memory: "0", gpu: 0, storage: "0", services: 0 };
const quota = {
  base: { ...none, cpu: "8" },
  limits: { ...none, cpu: "10" },
  used: { ...none, cpu: "7" },
};
const cpu: CapacityResource = {
  resource: "cpu",
  capacity: "16",
  told_by: "runtime",
  promised: "20",
  used: "7",
  overcommit: 1.25,
};

test("a limit that stays means nothing", () => {
  expect(effects(quota, { cpu: "8" }, [cpu])).toEqual([]);
});

test("what is granted until a date is on top of a lower limit", () => {
  expect(effects(quota, { cpu: "4" }, [])).toEqual([
    "CPU: 7 of 6 cores will be used. Nothing stops; new launches wait until enough is given back.",
  ]);
});

test("a higher limit is told against what there is", () => {
  expect(effects(quota, { cpu: "20" }, [cpu])).toEqual([
    "CPU: 32 cores of 16 cores will be promised to all tenants together (2.00 of what there is).",
  ]);
});

test.each([
  ["what is no number is left to the server", asLimits({ gpu: "two" }), { gpu: "two" }],
  ["pieces are numbers", asLimits({ gpu: "2", cpu: " 4 " }), { gpu: 2, cpu: "4" }],
  ["only what differs", changed({ cpu: "4", memory: "8Gi" }, { cpu: "4", memory: "9Gi" }), { memory: "9Gi" }],
  ["what is cleared", changed({ cpu: "4" }, { cpu: "" }), { cpu: null }],
  ["words", inWords({ cpu: "2", devices: { "nvidia.com/gpu": 1 } }), "2 cores, 1 nvidia.com/gpu"],
  ["no word for nothing", inWords({ memory: "8Gi", gpu: 0, services: 1 }), "8 GiB memory, 1 service"],
])("%s", (_, got, expected) => {
  expect(got).toEqual(expected);
});
