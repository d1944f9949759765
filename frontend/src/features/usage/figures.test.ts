import { expect, it } from "vitest";

import type { Usage, UsageGroup } from "@/api/types";

import { columnsOf, formatMoney, labelOf, periodsOf, seriesOf } from "./figures";

const nothing = {
  cpu_hours: "0.000",
  memory_gib_hours: "0.000",
  gpu_hours: "0.000",
  storage_gib_hours: "0.000",
  cost: "0.0000",
  unpriced: false,
};
const group = (key: string, cost: string): UsageGroup => ({ ...nothing, key, title: key, cost });
const usage = {
  from_day: "2026-02-27",
  to_day: "2026-03-01",
  by: "day",
  rows: [
    { ...group("ann", "2"), period: "2026-02-27" },
    { ...group("bob", "1"), period: "2026-02-27" },
    { ...group("ann", "4"), period: "2026-03-01" },
  ],
} as Usage;

it("has a column for each day, also where nothing was used", () => {
  const series = [
    { key: "ann", title: "ann" },
    { key: "bob", title: "bob" },
  ];
  expect(columnsOf(usage, series, "cost")).toEqual([
    { label: "27 Feb", values: { ann: 2, bob: 1 } },
    { label: "28 Feb", values: { ann: 0, bob: 0 } },
    { label: "1 Mar", values: { ann: 4, bob: 0 } },
  ]);
});

it("counts months across years", () => {
  const range = { from_day: "2025-11-15", to_day: "2026-01-02", by: "month" as const };
  expect(periodsOf(range)).toEqual(["2025-11", "2025-12", "2026-01"]);
  expect(labelOf("2025-11")).toBe("Nov 25");
});

it("gives the greatest a colour each and puts the others together", () => {
  const groups = Array.from({ length: 12 }, (_, at) => group(`m${at}`, String(at)));
  const series = seriesOf(groups, "cost");
  expect(series).toHaveLength(8);
  expect(series[0]?.key).toBe("m11");
  expect(series[7]?.title).toBe("4 more");
  const rows = groups.map((one) => ({ ...one, period: "2026-02-27" }));
  const [first] = columnsOf({ ...usage, rows }, series, "cost");
  expect(Object.values(first?.values ?? {}).reduce((one, two) => one + two)).toBe(66);
});

it.each([
  [12.345, "EUR", "€12.35"],
  [0.0042, "EUR", "€0.0042"],
  [0, "USD", "$0.00"],
  [3, null, "–"],
])("writes %d of %s as %s", (value, currency, text) => {
  expect(formatMoney(value, currency)).toBe(text);
});
