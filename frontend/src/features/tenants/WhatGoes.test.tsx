import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";

import type { Leaving } from "@/api/types";

import { WhatGoes } from "./WhatGoes";

const leaving: Leaving = {
  things: [
    { kind: "services", name: "nb", owner: "bob", detail: "10 GiB of its own storage" },
    { kind: "volumes", name: "home-old", owner: "", detail: "3 GiB, kept when old was removed" },
  ],
  counts: { members: 2 },
  size: 0,
  more_objects: false,
};

const show = (changes: Partial<Leaving>) =>
  render(
    <MantineProvider env="test">
      <WhatGoes tenant="acme" leaving={{ ...leaving, ...changes }} />
    </MantineProvider>,
  );

it("names services with their owners and volumes that removed ones have left", () => {
  show({});
  const told = screen.getAllByRole("listitem").map(({ textContent }) => textContent);
  expect(told).toEqual([
    "nb of bob, with 10 GiB of its own storage",
    "volume home-old: 3 GiB, kept when old was removed",
  ]);
  expect(screen.getByText("1 kept volume")).toBeVisible();
  expect(screen.getByText("1 service")).toBeVisible();
});

it("does not speak of volumes where there are none", () => {
  show({ things: [] });
  expect(screen.queryByText(/kept volume/)).toBeNull();
});
