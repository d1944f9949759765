import { Drawer, MantineProvider, Modal } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { render, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";

import { theme } from "./theme";

const nothing = () => undefined;

afterEach(() => notifications.clean());

test.each([
  ["dialog", <Modal key="modal" opened onClose={nothing} title="Upgrade" />],
  ["drawer", <Drawer key="drawer" opened onClose={nothing} title="Logs" />],
])("the cross of a %s says what it does", (_, shown) => {
  render(
    <MantineProvider theme={theme} env="test">
      {shown}
    </MantineProvider>,
  );
  expect(screen.getByRole("button", { name: "Close" })).toBeTruthy();
});

test("the cross of a notification says what it does, and its text is as readable as other secondary text", async () => {
  render(
    <MantineProvider theme={theme} env="test">
      <Notifications />
    </MantineProvider>,
  );
  notifications.show({ title: "diary is on its way", message: "Follow it here" });
  expect((await screen.findByText("Follow it here")).style.color).toBe("var(--mantine-color-dimmed)");
  expect(screen.getByRole("button", { name: "Close" })).toBeTruthy();
});
