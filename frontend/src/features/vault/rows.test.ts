import { describe, expect, it } from "vitest";

import { dataOf, newRow, problemWithName, problemWithPath, rowsOf } from "./rows";

describe("a secret's path", () => {
  it.each(["db", "warehouse/reader", "personal/db", "a.b-c_d"])("may be %s", (path) => {
    expect(problemWithPath(path)).toBeUndefined();
  });
  it.each(["", "../x", "/db", "db/", "a b", "-x", "personal/"])("may not be %j", (path) => {
    expect(problemWithPath(path)).toBeDefined();
  });
});

describe("names", () => {
  it("are those of environment variables, each once", () => {
    const rows = [newRow("A", "1"), newRow("A", "2"), newRow("9", "3")];
    expect(rows.map((row) => problemWithName(row, rows) === undefined)).toEqual([false, false, false]);
    expect(problemWithName(newRow("DB_PASSWORD"), [])).toBeUndefined();
  });
  it("come back as they were", () => {
    expect(dataOf(rowsOf({ A: "1", B: "x\ny" }))).toEqual({ A: "1", B: "x\ny" });
  });
});
