import { expect, test } from "vitest";

import { formatAmount, formatResource, fromSlider, parseQuantity, toSlider } from "./quantity";

test.each([
  ["500m", 0.5],
  ["2", 2],
  [3, 3],
  ["1.5Gi", 1.5 * 2 ** 30],
  ["512Mi", 2 ** 29],
  ["1k", 1000],
])("%s stands for %d", (text, value) => {
  expect(parseQuantity(text)).toBe(value);
});

test.each(["", "Gi", "1 Gi", "-1", "1Xi", "1e"])("%j is no quantity", (text) => {
  expect(parseQuantity(text)).toBeNaN();
});

test.each([
  ["cpu", "1", "1 core"],
  ["cpu", "500m", "0.5 cores"],
  ["memory", "512Mi", "512 MiB"],
  ["memory", "0", "0 GiB"],
  ["storage", "2Ti", "2 TiB"],
  ["gpu", 1, "1 GPU"],
  ["services", 10, "10 services"],
  ["memory", "a lot", "a lot"],
])("%s of %s is shown as %s", (resource, quantity, words) => {
  expect(formatResource(resource, quantity)).toBe(words);
});

test.each([
  ["cpu", 0.1, "100m"],
  ["cpu", 2, "2"],
  ["memory", 0.75, "768Mi"],
  ["storage", 10, "10Gi"],
  ["gpu", 1, 1],
] as const)("a slider of %s at %d asks for %s, and back", (resource, there, quantity) => {
  expect(fromSlider(resource, there)).toBe(quantity);
  expect(toSlider(resource, quantity)).toBeCloseTo(there);
});

test.each([
  ["memory", "664Mi", "64Gi", "664 MiB"],
  ["memory", "8Gi", "64Gi", "8"],
  ["storage", 0, "512Mi", "0"],
  ["cpu", "1", "16", "1"],
])("of %s %s of %s is told as %s", (resource, used, whole, told) => {
  expect(formatAmount(resource, used, whole)).toBe(told);
});
