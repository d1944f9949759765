import { expect, test } from "vitest";

import { asAsked, filterOf } from "./filter";

test("the page's address says the filter, and nothing that is none", () => {
  expect(filterOf(new URLSearchParams("actor=bob&text=&page=3"))).toEqual({ actor: "bob" });
});

test("days are whole days of the reader, the last one included", () => {
  const asked = asAsked({ since: "2026-03-01", until: "2026-03-01" });
  expect(new Date(asked.since ?? "")).toEqual(new Date(2026, 2, 1));
  expect(new Date(asked.until ?? "")).toEqual(new Date(2026, 2, 2));
});

test("a day that is none is left out", () => {
  expect(asAsked({ since: "yesterday", actor: "bob" })).toEqual({ actor: "bob" });
});
