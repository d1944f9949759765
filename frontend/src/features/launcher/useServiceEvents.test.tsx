import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, render, renderHook, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test } from "vitest";

import { keys } from "@/api/keys";
import type { Service } from "@/api/types";
import { LiveRegion } from "@/components/LiveRegion";
import { FakeEventSource } from "@/testing/FakeEventSource";
import { someService } from "@/testing/services";

import { useServiceEvents } from "./useServiceEvents";

const service = someService({ phase: "starting" });
const other = someService({ id: "7d7a4c8e-0000-4000-8000-000000000002", name: "editor" });
const happened = { id: service.id, name: service.name, reason: null, progress: null, at: "2026-11-23T09:00:05Z" };

let queries: QueryClient;

beforeEach(() => {
  FakeEventSource.install();
  queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  queries.setQueryData(keys.services("acme"), [service, other]);
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={queries}>{children}</QueryClientProvider>
  );
  render(
    <MantineProvider>
      <LiveRegion />
    </MantineProvider>,
  );
  renderHook(() => useServiceEvents("acme"), { wrapper });
});

const shown = () => queries.getQueryData<Service[]>(keys.services("acme"))?.map(({ name, phase }) => [name, phase]);
const say = (data: object) => act(() => FakeEventSource.latest().say("service", data));

test("the stream of the tenant in the address is opened", () => {
  expect(FakeEventSource.latest().url).toBe("/api/v1/tenants/acme/events");
});

test("an event changes its service at once and is said aloud", () => {
  say({ ...happened, phase: "running", url: "http://notebook.localhost:8080/" });
  expect(shown()).toEqual([["notebook", "running"], ["editor", "running"]]);
  expect(screen.getByRole("status")).toHaveTextContent("notebook: Running.");
});

test("a service that is gone leaves the list, though nobody knows its name and address any more", () => {
  say({ ...happened, name: null, phase: "gone", url: null });
  expect(shown()).toEqual([["editor", "running"]]);
  expect(screen.getByRole("status")).toHaveTextContent("notebook: Removed.");
});

test("an address that the event does not name is kept", () => {
  say({ ...happened, phase: "pausing", url: null });
  expect(queries.getQueryData<Service[]>(keys.services("acme"))?.[0]?.url).toBe(service.url);
});
