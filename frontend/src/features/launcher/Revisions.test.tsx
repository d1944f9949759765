import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";

import { keys } from "@/api/keys";
import type { Revision } from "@/api/types";
import { TenantContext } from "@/app/session";
import { someService } from "@/testing/services";
import { BOB, someTenant } from "@/testing/tenants";

import { Revisions } from "./Revisions";

const SERVICE = someService({ version: "1.4.0" });
const FIRST: Revision = {
  number: 1,
  at: "2026-11-23T09:00:00Z",
  by: "bob",
  change: "launched",
  origin: null,
  version: "1.3.0",
  digest: null,
  resources: SERVICE.resources,
  changes: [],
  outcome: "ready",
  reason: "",
  present: false,
};
const SECOND: Revision = { ...FIRST, number: 2, change: "upgraded", version: "1.4.0", present: true };

test("each former revision has a way back, by a name that begins with what is written on it", () => {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(keys.me, BOB);
  queries.setQueryData(keys.tenantItself("acme"), someTenant());
  queries.setQueryData(keys.revisions("acme", SERVICE.id), [SECOND, FIRST]);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <TenantContext value={BOB.tenants[0] ?? null}>
          <Revisions service={SERVICE} />
        </TenantContext>
      </QueryClientProvider>
    </MantineProvider>,
  );
  const back = screen.getByRole("button");
  expect(back).toHaveAccessibleName("Roll back to this: revision 1");
  expect(back.textContent).toBe("Roll back to this");
});
