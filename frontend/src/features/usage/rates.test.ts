import { expect, it } from "vitest";

import { devicesOf, shortened } from "./rates";

it.each([
  ["0.030000", "0.03"],
  ["2.000000", "2"],
  ["10", "10"],
])("writes %s as %s", (price, text) => {
  expect(shortened(price)).toBe(text);
});

it.each([
  ["", {}],
  ["nvidia.com/gpu 2.5\n\n amd.com/gpu  1 ", { "nvidia.com/gpu": "2.5", "amd.com/gpu": "1" }],
  ["nvidia.com/gpu", undefined],
  ["nvidia.com/gpu cheap", undefined],
])("reads devices with their prices from %j", (text, devices) => {
  expect(devicesOf(text)).toEqual(devices);
});
