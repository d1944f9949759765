import { SegmentedControl, Text, Textarea } from "@mantine/core";
import type { ErrorSchema } from "@rjsf/utils";
import { useState } from "react";
import { parse, stringify, YAMLParseError } from "yaml";

import type { LaunchForm } from "@/api/types";

import type { Values } from "./draft";
import { OptionsForm } from "./OptionsForm";

interface OptionsEditorProps {
  form: LaunchForm;
  values: Values;
  errors: ErrorSchema;
  onChange: (values: Values) => void;
  /** Text that stands for no values; null once it does again. */
  onTextProblem: (problem: string | null) => void;
}

const VIEWS = ["Form", "YAML", "JSON"] as const;
type View = (typeof VIEWS)[number];

const write = (view: View, values: Values) =>
  view === "YAML" ? stringify(values) : JSON.stringify(values, null, 2);

/** Parsed values, or a sentence. More aliases than these are an attack, or a mistake. */
export function readValues(view: "YAML" | "JSON", text: string): Values | string {
  try {
    const read: unknown =
      view === "YAML" ? parse(text, { maxAliasCount: 20 }) : JSON.parse(text === "" ? "{}" : text);
    if (read === null) return {};
    return typeof read === "object" && !Array.isArray(read)
      ? (read as Values)
      : "The options are names with values, such as “greeting: hello”.";
  } catch (error) {
    if (error instanceof YAMLParseError) return error.message.split("\n")[0] ?? "This is no YAML.";
    return `This is no ${view}: ${error instanceof Error ? error.message : "unreadable"}`;
  }
}

/** The chart's options, as a form or as text. All views change the same values. */
export function OptionsEditor({ form, values, errors, onChange, onTextProblem }: OptionsEditorProps) {
  const [view, setView] = useState<View>("Form");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const tell = (found: string | null) => {
    setProblem(found);
    onTextProblem(found === null ? null : `Options: ${found}`);
  };
  const show = (next: View) => {
    setView(next);
    setText(write(next, values));
    tell(null);
  };
  const edit = (typed: string) => {
    setText(typed);
    if (view === "Form") return;
    const read = readValues(view, typed);
    if (typeof read === "string") {
      tell(read);
    } else {
      tell(null);
      onChange(read);
    }
  };
  const summary = Object.keys(errors).length > 0 ? "The form view marks what is wrong." : undefined;
  return (
    <>
      <SegmentedControl
        aria-label="How to edit the options"
        size="xs"
        mb="md"
        data={[...VIEWS]}
        value={view}
        onChange={(next) => show(next)}
      />
      {view === "Form" ? (
        <OptionsForm form={form} values={values} errors={errors} onChange={onChange} />
      ) : (
        <>
          <Textarea
            aria-label={`Options as ${view}`}
            value={text}
            onChange={({ currentTarget }) => edit(currentTarget.value)}
            error={problem ?? summary}
            autosize
            minRows={8}
            maxRows={28}
            spellCheck={false}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }}
          />
          <Text size="xs" c="dimmed" mt={6}>
            Only what differs from the defaults is sent. Never put a secret here: choose it under Secrets.
          </Text>
        </>
      )}
    </>
  );
}
