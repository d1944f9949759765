import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { keys } from "@/api/keys";
import type { Tenant } from "@/api/types";
import { TenantContext } from "@/app/session";
import { ChartCard } from "@/features/catalog/ChartCard";
import { someService } from "@/testing/services";
import { BOB, someTenant, SUSPENDED } from "@/testing/tenants";

import { RestartNotice } from "./RestartNotice";
import { ServiceActions } from "./ServiceActions";

const WHY = "Acme is suspended: unpaid. Ask root.";
const asked = vi.fn(() => Promise.reject(new Error("nothing is asked in these tests")));

beforeEach(() => vi.stubGlobal("fetch", asked));
afterEach(() => {
  vi.unstubAllGlobals();
  asked.mockClear();
});

function show(tenant: Tenant, children: ReactNode) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(keys.me, BOB);
  queries.setQueryData(keys.tenantItself("acme"), tenant);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <MemoryRouter>
          <TenantContext value={BOB.tenants[0] ?? null}>{children}</TenantContext>
        </MemoryRouter>
      </QueryClientProvider>
    </MantineProvider>,
  );
}

test.each([
  ["paused", "Resume notebook"],
  ["failed", "Start again notebook"],
] as const)("a %s service of a suspended tenant cannot be started, and the button says why", async (phase, name) => {
  show(SUSPENDED, <ServiceActions service={someService({ phase })} />);
  const button = screen.getByRole("button", { name });
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveAccessibleDescription(WHY);
  await userEvent.click(button);
  expect(asked).not.toHaveBeenCalled();
});

test("what ends something stays possible in a suspended tenant", async () => {
  show(SUSPENDED, <ServiceActions service={someService({ phase: "running" })} />);
  expect(screen.getByRole("button", { name: "Pause notebook" })).not.toHaveAttribute("aria-disabled");
  await userEvent.click(screen.getByRole("button", { name: "More for notebook" }));
  expect(await screen.findByRole("menuitem", { name: "Restart" })).toBeDisabled();
  expect(screen.getByRole("menuitem", { name: "Restart" })).toHaveAccessibleDescription(WHY);
  expect(screen.getByRole("menuitem", { name: "Change size…" })).toBeDisabled();
  expect(screen.getByRole("menuitem", { name: "Remove…" })).toBeEnabled();
});

test("a changed secret waits for the end of the suspension", () => {
  show(SUSPENDED, <RestartNotice service={someService()} />);
  const button = screen.getByRole("button", { name: "Restart notebook to apply" });
  expect(button).toHaveAccessibleDescription(WHY);
});

test("in an active tenant nothing is in the way", async () => {
  show(someTenant(), <ServiceActions service={someService({ phase: "paused" })} />);
  const button = screen.getByRole("button", { name: "Resume notebook" });
  expect(button).not.toHaveAttribute("aria-disabled");
  expect(button).not.toHaveAccessibleDescription();
  await userEvent.click(button);
  expect(asked).toHaveBeenCalled();
});

const chart = {
  catalog: "datalab",
  name: "jupyter",
  title: "JupyterLab",
  version: "0.1.0",
  description: "",
  keywords: [],
  icon: "",
  category: "",
  home: "",
  versions: ["0.1.0"],
};

test("a tool of the catalogue is launched where the tenant is open, and says why where it is not", () => {
  show(someTenant(), <ChartCard chart={chart} tenant="acme" closed={null} />);
  expect(screen.getByRole("link", { name: "Launch JupyterLab" })).toBeVisible();
  show(SUSPENDED, <ChartCard chart={chart} tenant="acme" closed={WHY} />);
  expect(screen.getByRole("button", { name: "Launch JupyterLab" })).toHaveAccessibleDescription(WHY);
});
