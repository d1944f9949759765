import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";

import { PhaseReason } from "./PhaseReason";

const waiting = {
  name: "nb",
  phase: "preparing" as const,
  progress: 0.4,
  reason: { code: "EnvironmentBuilding", message: "Installing pandas.", raw: "uv pip sync" },
};

it("says why it waits and how far it is, with the raw text one click away", async () => {
  render(
    <MantineProvider env="test">
      <PhaseReason service={waiting} />
    </MantineProvider>,
  );
  expect(screen.getByText("Installing pandas.")).toBeVisible();
  expect(screen.getByText("40 %")).toBeVisible();
  const more = screen.getByRole("button", { name: "Show technical text" });
  expect(more).toHaveAttribute("aria-expanded", "false");
  await userEvent.click(more);
  expect(more).toHaveAttribute("aria-expanded", "true");
  expect(screen.getByText("uv pip sync")).toBeInTheDocument();
});

it("has a sentence of its own where the platform gave none", () => {
  render(
    <MantineProvider env="test">
      <PhaseReason service={{ ...waiting, phase: "paused", progress: null, reason: null }} />
    </MantineProvider>,
  );
  expect(screen.getByText(/Its storage is kept/)).toBeVisible();
});
