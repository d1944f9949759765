import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";

import type { MadeInvitation } from "@/api/types";

import { InvitationLink } from "./InviteModal";

const made: MadeInvitation = {
  id: "1",
  email: "erin@acme.test",
  role: "member",
  invited_by: "alice",
  created_at: "2030-01-01T12:00:00Z",
  expires_at: "2030-01-08T12:00:00Z",
  state: "open",
  link: "https://datalab.test/invitation/x",
  mailed: true,
  not_mailed: "",
};

const show = (changes: Partial<MadeInvitation>) =>
  render(
    <MantineProvider env="test">
      <InvitationLink made={{ ...made, ...changes }} />
    </MantineProvider>,
  );

it("says to whom the mail was sent, and keeps the link at hand", () => {
  show({});
  expect(screen.getByRole("status")).toHaveTextContent("Sent to erin@acme.test");
  expect(screen.getByText(made.link)).toBeVisible();
});

it("says why no mail was sent, and that the link is to be sent by hand", () => {
  show({ mailed: false, not_mailed: "This platform has no mail server." });
  expect(screen.getByRole("status")).toHaveTextContent("Send them this link");
  expect(screen.getByRole("status")).toHaveTextContent("No mail was sent: This platform has no mail server.");
  expect(screen.queryByText(/Sent to/)).toBeNull();
});
