import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";

import type { LaunchForm, Room, RoomOfPreset, RoomOfResource } from "@/api/types";

import type { Size } from "./draft";
import { SizePicker } from "./SizePicker";

const range = (value: string) => ({ default: value, min: "0", max: "9", step: "1" });
const form: Pick<LaunchForm, "presets" | "resources"> = {
  presets: [
    { id: "small", title: "Small", description: "", special: false, resources: { cpu: "1", memory: "2Gi" } },
    { id: "slice", title: "A slice", description: "", special: true, resources: { cpu: "2", devices: { "v.com/mig-1g": 1 } } },
    { id: "whole", title: "A whole one", description: "", special: true, resources: { gpu: 1, devices: { "v.com/gpu": 1 } } },
  ],
  resources: { cpu: range("1"), memory: range("2Gi"), gpu: range("0"), storage: range("5Gi") },
};
const device: RoomOfResource = { resource: "v.com/mig-1g", there: "2", free: "1", largest: "1", left: "2", mine: 1 };
const preset = (id: string, part: Partial<RoomOfPreset>): RoomOfPreset => ({
  id, state: "fits", because: "", resources: [], ...part,
});
const room: Room = {
  resources: [{ resource: "cpu", there: "8", free: "3", largest: "3", left: "4", mine: null }],
  presets: [
    preset("small", {}),
    preset("slice", { resources: [device] }),
    preset("whole", { state: "refused", because: "Over the quota: gpu: 1 asked, 0 of 0 free." }),
  ],
};

function Filled({ told }: { told: Room | undefined }) {
  const [size, setSize] = useState<Size>({
    preset: null,
    resources: { cpu: "1", memory: "2Gi", gpu: 0, storage: "5Gi" },
  });
  return (
    <MantineProvider>
      <SizePicker form={form} size={size} room={told} errors={{}} onChange={setSize} />
    </MantineProvider>
  );
}

const radio = (name: RegExp) => screen.getByRole("radio", { name });

test("what is free is said for each preset and for sizes of one's own", () => {
  render(<Filled told={room} />);
  expect(radio(/A slice/).textContent).toContain("1 of 2 v.com/mig-1g free, 1 used by you");
  expect(screen.getByRole("note", { name: "Free now" }).textContent).toBe(
    "On the machines now: 3 of 8 cores free.Your quota leaves 4 cores.",
  );
});

test("what a preset says itself is not chosen beside it", async () => {
  render(<Filled told={room} />);
  await userEvent.click(radio(/A slice/));
  expect(radio(/A slice/).getAttribute("aria-checked")).toBe("true");
  expect(screen.queryByRole("textbox", { name: "CPU" })).toBeNull();
  expect(screen.queryByRole("textbox", { name: "GPU" })).toBeNull();
  expect(screen.getByRole("textbox", { name: "Storage" })).toBeTruthy();
  expect(screen.getByText(/What “A slice” says of the size is fixed/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Choose a size of your own" }));
  expect(radio(/A slice/).getAttribute("aria-checked")).toBe("false");
  expect(screen.getByRole("textbox", { name: "CPU" })).toBeTruthy();
});

test("what the quota forbids says so and cannot be chosen", async () => {
  render(<Filled told={room} />);
  await userEvent.click(radio(/A whole one/));
  expect(radio(/A whole one/).getAttribute("aria-checked")).toBe("false");
  expect(radio(/A whole one/).getAttribute("aria-disabled")).toBe("true");
  expect(radio(/A whole one/).textContent).toContain("Over the quota: gpu: 1 asked");
});

test("what has to wait can be chosen all the same", async () => {
  const because = "Will wait: no free v.com/mig-1g; 2 of 2 in use.";
  const presets = [preset("slice", { state: "waits", because, resources: [device] })];
  render(<Filled told={{ ...room, presets }} />);
  await userEvent.click(radio(/A slice/));
  expect(radio(/A slice/).getAttribute("aria-checked")).toBe("true");
  expect(radio(/A slice/).textContent).toContain(because);
});

test("where nothing is known yet all can be chosen", () => {
  render(<Filled told={undefined} />);
  expect(screen.queryByRole("note", { name: "Free now" })).toBeNull();
  expect(radio(/A whole one/).getAttribute("aria-disabled")).toBeNull();
});
