import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";

import type { LaunchForm } from "@/api/types";

import type { Values } from "./draft";
import { optionErrors } from "./fieldErrors";
import { OptionsForm } from "./OptionsForm";
import { untouchedValues } from "./validator";

const form: LaunchForm = {
  schema: {
    type: "object",
    properties: {
      tool: {
        type: "object",
        title: "Tool",
        properties: {
          idle: { type: "integer", title: "Idle minutes", default: 5, maximum: 60 },
          keep: { type: "boolean", title: "Keep files", description: "Also when it is removed.", default: false },
        },
      },
      env: {
        type: "array",
        title: "Variables",
        default: [],
        items: { type: "object", properties: { name: { type: "string", title: "Variable" } } },
      },
    },
  },
  ui: {},
  defaults: {},
  presets: [],
  resources: {},
};

const changed = vi.fn<(values: Values) => void>();

function Filled({ fields = {} }: { fields?: Record<string, string[]> }) {
  const [values, setValues] = useState(() => untouchedValues(form.schema, form.defaults));
  const change = (next: Values) => {
    setValues(next);
    changed(next);
  };
  return (
    <MantineProvider>
      <OptionsForm form={form} values={values} errors={optionErrors(fields)} onChange={change} />
    </MantineProvider>
  );
}

test("it begins with what the schema says", () => {
  expect(untouchedValues(form.schema, form.defaults)).toEqual({ tool: { idle: 5, keep: false }, env: [] });
});

test("each control changes its own value, and the description belongs to it", async () => {
  render(<Filled />);
  const keep = screen.getByRole("checkbox", { name: "Keep files" });
  expect(keep).toHaveAccessibleDescription("Also when it is removed.");
  await userEvent.click(keep);
  await userEvent.click(screen.getByRole("button", { name: "Add to Variables" }));
  await userEvent.type(screen.getByRole("textbox", { name: "Variable" }), "A");
  expect(changed).toHaveBeenLastCalledWith({ tool: { idle: 5, keep: true }, env: [{ name: "A" }] });
});

test("a value beyond the schema is marked while one types", async () => {
  render(<Filled />);
  await userEvent.type(screen.getByRole("textbox", { name: "Idle minutes" }), "00");
  expect(await screen.findByText("500 is greater than 60.")).toBeInTheDocument();
});

test("what the server finds wrong stands at its field", () => {
  render(<Filled fields={{ "values.tool.idle": ["not on a Monday"], name: ["taken"] }} />);
  expect(screen.getByText("not on a Monday")).toBeInTheDocument();
  expect(screen.queryByText("taken")).not.toBeInTheDocument();
});
