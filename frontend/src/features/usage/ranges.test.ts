import { expect, it } from "vitest";

import { daysOf } from "./ranges";

const now = new Date("2026-01-31T23:30:00Z");

it.each([
  ["month", { from: "2026-01-01", to: "2026-01-31", by: "day" }],
  ["last", { from: "2025-12-01", to: "2025-12-31", by: "day" }],
  ["days", { from: "2026-01-02", to: "2026-01-31", by: "day" }],
  ["year", { from: "2025-02-01", to: "2026-01-31", by: "month" }],
] as const)("%s is so many days", (range, days) => {
  expect(daysOf(range, now)).toEqual(days);
});
