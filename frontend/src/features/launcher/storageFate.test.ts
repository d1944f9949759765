import { expect, test } from "vitest";

import { someService } from "@/testing/services";

import { storageFate } from "./storageFate";

const { resources } = someService();

test.each([
  ["a service without storage loses none", { ...resources, storage: "0" }, {}, "none"],
  ["storage goes with its service", resources, { values: {} }, "deleted"],
  ["storage that was launched to be kept stays", resources, { values: { persistence: { keep: true } } }, "kept"],
  ["a choice not to keep it is no choice to keep it", resources, { values: { persistence: { keep: false } } }, "deleted"],
  ["options of an unknown shape promise nothing", resources, null, "deleted"],
])("%s", (_, sizes, options, fate) => {
  expect(storageFate({ resources: sizes, options })).toBe(fate);
});
