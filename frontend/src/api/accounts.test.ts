import { describe, expect, it } from "vitest";

import { safeNext, signInAddress } from "./accounts";

describe("where somebody goes after signing in", () => {
  it.each(["/", "/t/acme/services?x=1"])("may be %s", (next) => {
    expect(safeNext(next)).toBe(next);
  });
  it.each([null, "", "//evil.test", "/\\evil.test", "https://evil.test", "/a\nb"])("is never %j", (next) => {
    expect(safeNext(next)).toBe("/");
  });
  it("is told to the identity provider's way back", () => {
    expect(signInAddress("/t/acme", { otherAccount: true })).toBe(
      "/oidc/authenticate/?next=%2Ft%2Facme&prompt=login",
    );
  });
});
