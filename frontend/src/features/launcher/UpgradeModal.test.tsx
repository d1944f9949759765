import { MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { keys } from "@/api/keys";
import type { UpgradeOffer } from "@/api/types";
import { TenantContext } from "@/app/session";
import { someService } from "@/testing/services";
import { BOB, someTenant } from "@/testing/tenants";

import { RollBackNotice } from "./RollBackNotice";
import { UpgradeModal } from "./UpgradeModal";

const SERVICE = someService({ version: "1.3.0", upgrade_available: "1.4.0" });
const SIZE = { cpu: "1", memory: "2Gi", gpu: 0, storage: "5Gi" };
const OFFER: UpgradeOffer = {
  version_now: "1.3.0",
  version: "1.4.0",
  versions: ["1.4.0"],
  refused: {},
  problems: {},
  values: {},
  resources: {},
  footprint_now: SIZE,
  footprint: SIZE,
  findings: [],
  shortages: [],
  fits: true,
};
const asked = vi.fn<(request: Request) => Promise<Response>>();

beforeEach(() => {
  asked.mockImplementation((request) =>
    Promise.resolve(request.method === "GET" ? Response.json(OFFER) : Response.json(SERVICE, { status: 202 })),
  );
  vi.stubGlobal("fetch", asked);
});
afterEach(() => {
  vi.unstubAllGlobals();
  asked.mockReset();
  notifications.clean();
});

function show(children: ReactNode, offer?: UpgradeOffer) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(keys.me, BOB);
  queries.setQueryData(keys.tenantItself("acme"), someTenant());
  queries.setQueryData(keys.upgrade("acme", SERVICE.id, undefined), offer);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <TenantContext value={BOB.tenants[0] ?? null}>{children}</TenantContext>
        <Notifications />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const modal = <UpgradeModal service={SERVICE} opened onClose={() => undefined} />;

test("what changes is told, and the version that was shown is the one that is asked for", async () => {
  show(modal, { ...OFFER, footprint: { ...SIZE, memory: "4Gi" } });
  expect(screen.getByText(/It takes 1 core, 4 GiB, 5 GiB storage instead of 1 core, 2 GiB/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Upgrade" }));
  const request = asked.mock.calls[0]?.[0];
  expect(request?.url).toMatch(/\/upgrade$/);
  expect(await request?.json()).toEqual({ version: "1.4.0" });
  // It was accepted, no more: it may still fail.
  expect(await screen.findByText("notebook is on its way to 1.4.0")).toBeTruthy();
});

test("what is not taken is named, and left out with one's consent", () => {
  show(modal, { ...OFFER, refused: { "values.colour": "Is none of: red." } });
  expect(screen.getByText("colour")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Upgrade without these" })).toBeTruthy();
});

test("what is in the way is said, and nothing can be pressed", () => {
  show(modal, { ...OFFER, problems: { version: "does not use the storage home" } });
  expect(screen.getByText("does not use the storage home")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Upgrade" }).disabled).toBe(true);
});

test("a change that failed offers the way back, and only then", async () => {
  const to = { revision: 1, version: "1.3.0", advised: true };
  const failed = someService({ phase: "failed", version: "1.4.0", rollback_to: to });
  show(
    <>
      <RollBackNotice service={failed} />
      <RollBackNotice service={{ ...failed, name: "well", phase: "running", rollback_to: { ...to, advised: false } }} />
    </>,
  );
  await userEvent.click(screen.getByRole("button", { name: /Roll back to 1.3.0/ }));
  await userEvent.click(screen.getByRole("button", { name: "Roll back" }));
  const request = asked.mock.calls[0]?.[0];
  expect(request?.url).toMatch(/\/rollback$/);
  expect(await request?.json()).toEqual({ revision: 1 });
  expect(await screen.findByText("notebook is on its way back to 1.3.0")).toBeTruthy();
});
