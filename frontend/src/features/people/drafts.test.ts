import { describe, expect, it } from "vitest";

import type { GroupRule } from "@/api/types";

import { EMPTY, groupsIn, isComplete, withDraft } from "./drafts";

const rule = (id: string | null, pattern: string): GroupRule => ({
  ...EMPTY,
  id,
  pattern,
  tenant: "acme",
  description: "",
  from_installation: id === null,
  changed_by: "",
  changed_at: null,
});
const RULES = [rule(null, "installed"), rule("1", "one"), rule("2", "two")];
const patterns = (id: string | null, pattern: string | null) =>
  withDraft(RULES, id, pattern === null ? null : { ...EMPTY, pattern }).map((one) => one.pattern);

describe("the rules as they would be", () => {
  it("gets one more", () => expect(patterns(null, "new")).toEqual(["one", "two", "new"]));
  it("has one changed", () => expect(patterns("1", "other")).toEqual(["two", "other"]));
  it("loses one", () => expect(patterns("2", null)).toEqual(["one"]));
});

it("wants a tenant but for the whole platform", () => {
  expect(isComplete({ ...EMPTY, pattern: "x" })).toBe(false);
  expect(isComplete({ ...EMPTY, pattern: "x", tenant: "acme" })).toBe(true);
  expect(isComplete({ ...EMPTY, pattern: "x", role: "platform-admin" })).toBe(true);
});

it("reads groups by lines and commas", () => {
  expect(groupsIn(" a, b\n\nc ,")).toEqual(["a", "b", "c"]);
});
