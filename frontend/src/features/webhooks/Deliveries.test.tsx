import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { keys } from "@/api/keys";
import type { Delivery } from "@/api/types";

import { Deliveries } from "./Deliveries";

const asked = vi.fn((request: Request) => Promise.resolve(new Response(null, { status: request.method === "POST" ? 202 : 503 })));

beforeEach(() => vi.stubGlobal("fetch", asked));
afterEach(() => {
  vi.unstubAllGlobals();
  asked.mockClear();
});

const delivery = (part: Partial<Delivery>): Delivery => ({
  id: 1,
  type: "member.added",
  created_at: "2026-11-23T09:00:00Z",
  due_at: "2026-11-23T09:00:00Z",
  attempts: 1,
  delivered_at: null,
  given_up_at: null,
  problem: "",
  ...part,
});

function show(rows: Delivery[], enabled = true) {
  const queries = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } });
  const pages = [{ results: rows, next: null, previous: null }];
  queries.setQueryData(keys.deliveries("w"), { pages, pageParams: [""] });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={queries}>
        <Deliveries webhook={{ id: "w", enabled }} />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

const failed = delivery({ id: 7, given_up_at: "2026-11-23T10:00:00Z", problem: "The other side answered 500." });

test("what was given up can be sent again", async () => {
  show([failed]);
  await userEvent.click(screen.getByRole("button", { name: "Send member.added again now" }));
  const request = asked.mock.calls.map(([one]) => one).find(({ method }) => method === "POST");
  expect(new URL(request?.url ?? "").pathname).toBe("/api/v1/webhooks/w/deliveries/7/again");
});

test.each([
  ["what has arrived", [delivery({ delivered_at: "2026-11-23T09:00:01Z" })], true],
  ["what was not tried yet", [delivery({ attempts: 0 })], true],
  ["what goes to a disabled webhook", [failed], false],
])("%s is not sent again", (_, rows, enabled) => {
  show(rows, enabled);
  expect(screen.queryByRole("button", { name: /again/ })).toBeNull();
});
