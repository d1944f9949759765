import { describe, expect, it } from "vitest";

import { describeTenants, describeVerbs, endsSoon, verbsOf } from "./verbs";

describe("what a token is for", () => {
  it.each([
    [["read"], "Look on"],
    [["read", "write"], "Work"],
    [["read", "write", "admin"], "Administer"],
    [["admin"], "admin"],
  ] as const)("%s is shown as %s", (verbs, shown) => {
    expect(describeVerbs(verbs)).toBe(shown);
  });

  it("is never more than what was chosen, and the least where nothing is known", () => {
    expect(verbsOf("write")).toEqual(["read", "write"]);
    expect(verbsOf("something else")).toEqual(["read"]);
  });

  it("tells all tenants from none", () => {
    expect(describeTenants(null)).toBe("All your tenants");
    expect(describeTenants([])).toBe("None any more");
    expect(describeTenants([{ slug: "acme", display_name: "Acme" }])).toBe("Acme");
  });
});

it.each([
  ["2026-01-01T00:00:00Z", false],
  ["2026-01-03T00:00:00Z", true],
  ["2026-02-01T00:00:00Z", false],
])("a token that ends at %s ends soon: %s", (at, soon) => {
  expect(endsSoon(at, Date.parse("2026-01-02T00:00:00Z"))).toBe(soon);
});
