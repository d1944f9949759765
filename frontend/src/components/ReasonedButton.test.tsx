import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";

import { ReasonedButton } from "./ReasonedButton";

const show = (why: string | null) => {
  const clicked = vi.fn();
  render(
    <MantineProvider env="test">
      <ReasonedButton why={why} onClick={clicked}>
        Launch
      </ReasonedButton>
    </MantineProvider>,
  );
  return { clicked, button: screen.getByRole("button", { name: "Launch" }) };
};

it("does its work where nothing is in the way", async () => {
  const { clicked, button } = show(null);
  await userEvent.click(button);
  expect(clicked).toHaveBeenCalledOnce();
  expect(button).not.toHaveAccessibleDescription();
});

it("does nothing, can be reached by the keyboard, and says why", async () => {
  const { clicked, button } = show("Acme is suspended.");
  expect(button).toHaveAttribute("aria-disabled", "true");
  expect(button).toHaveAccessibleDescription("Acme is suspended.");
  await userEvent.tab();
  expect(button).toHaveFocus();
  await userEvent.keyboard("{Enter}");
  await userEvent.click(button);
  expect(clicked).not.toHaveBeenCalled();
  expect(button).toHaveAccessibleDescription("Acme is suspended.");
});
