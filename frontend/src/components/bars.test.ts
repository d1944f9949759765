import { expect, it } from "vitest";

import { barsOf, shownLabels, ticksUpTo } from "./bars";

it.each([
  [0, [0, 1]],
  [NaN, [0, 1]],
  [1, [0, 0.25, 0.5, 0.75, 1]],
  [9.3, [0, 2.5, 5, 7.5, 10]],
  [0.0007, [0, 0.0002, 0.0004, 0.0006, 0.0008]],
  [1234, [0, 500, 1000, 1500]],
])("has round numbers at the side, up to %d", (most, ticks) => {
  expect(ticksUpTo(most)).toEqual(ticks);
});

it("stacks what there is and leaves out what is nothing", () => {
  expect(barsOf({ ann: 1, bob: 0, cem: 3 }, 4)).toEqual([
    { key: "ann", from: 0, size: 0.25 },
    { key: "cem", from: 0.25, size: 0.75 },
  ]);
});

it("labels only as many columns as have room", () => {
  const shown = shownLabels(30, 300);
  expect(Array.from({ length: 30 }, (_, at) => at).filter(shown)).toEqual([0, 6, 12, 18, 24]);
});
