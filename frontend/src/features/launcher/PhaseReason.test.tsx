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

it("makes what is said of one that runs stand out, and nothing else that is no failure", () => {
  const full = { code: "BeyondQuota", message: "The quota has no room for it any more.", raw: "" };
  render(
    <MantineProvider env="test">
      <PhaseReason service={{ ...waiting, phase: "running", progress: null, reason: full }} />
      <PhaseReason service={{ ...waiting, phase: "running", progress: null, reason: null }} />
      <PhaseReason service={waiting} />
    </MantineProvider>,
  );
  const looks = (text: string) => screen.getByText(text).getAttribute("style");
  expect(looks(full.message)).toContain("--datalab-warning");
  expect(looks("Ready to use.")).not.toContain("--datalab-warning");
  expect(looks("Installing pandas.")).not.toContain("--datalab-warning");
});

it("has a sentence of its own where the platform gave none", () => {
  render(
    <MantineProvider env="test">
      <PhaseReason service={{ ...waiting, phase: "paused", progress: null, reason: null }} />
    </MantineProvider>,
  );
  expect(screen.getByText(/Its storage is kept/)).toBeVisible();
});
