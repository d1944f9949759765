import { expect, test } from "vitest";

import { SUSPENDED, someTenant } from "@/testing/tenants";

import { whyClosed } from "./closed";

test.each([
  ["an active tenant is open", someTenant(), null],
  ["one that is being made is open: what is launched waits", someTenant({ state: "provisioning" }), null],
  ["a suspended one says why, and whom to ask", SUSPENDED, "Acme is suspended: unpaid. Ask root."],
  ["one that is being deleted says so", someTenant({ state: "deleting" }), "Acme is being deleted."],
])("%s", (_, tenant, why) => {
  expect(whyClosed(tenant)).toBe(why);
});
