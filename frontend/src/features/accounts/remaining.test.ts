import { expect, test } from "vitest";

import { remaining } from "./remaining";

test.each([
  [0, "0:00"],
  [-5, "0:00"],
  [65, "1:05"],
  [3600, "60:00"],
])("%i seconds are %s", (seconds, text) => {
  expect(remaining(seconds)).toBe(text);
});
