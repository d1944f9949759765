import { Box, Paper, Stack, TextInput, Title } from "@mantine/core";
import { useState } from "react";

import type { Chart, LaunchForm } from "@/api/types";

import { CurlCommand } from "./CurlCommand";
import { errorAt, optionErrors } from "./fieldErrors";
import classes from "./LaunchFormView.module.css";
import { LaunchPanel } from "./LaunchPanel";
import { OptionsEditor } from "./OptionsEditor";
import { SecretsPicker } from "./SecretsPicker";
import { SizePicker } from "./SizePicker";
import { useLaunchForm } from "./useLaunchForm";

const NAME_RULE = /^([a-z]([-a-z0-9]{0,38}[a-z0-9])?)?$/;
const NAME_HINT = "Lower-case letters, digits and hyphens, beginning with a letter; at most 40.";

export function LaunchFormView({ chart, form }: { chart: Chart; form: LaunchForm }) {
  const state = useLaunchForm(chart, form);
  const [textProblem, setTextProblem] = useState<string | null>(null);
  const { draft, change, fields } = state;
  const nameError = NAME_RULE.test(draft.name) ? errorAt(fields, "name") : NAME_HINT;
  const hasOptions = Object.keys((form.schema.properties as object | undefined) ?? {}).length > 0;
  return (
    <form
      className={classes.columns}
      noValidate
      aria-label={`Launch ${chart.title}`}
      onSubmit={(event) => event.preventDefault()}
    >
      <Stack gap="lg" miw={0}>
        <Section title="Size">
          <SizePicker
            form={form}
            size={draft}
            room={state.room}
            errors={fields}
            onChange={({ preset, resources }) => change({ preset, resources })}
          />
        </Section>
        <Section title="Name">
          <TextInput
            label="Name"
            description="Part of its address. Leave it empty and one is chosen for you."
            placeholder={`${chart.name}-1`}
            value={draft.name}
            error={nameError}
            maxLength={40}
            autoComplete="off"
            spellCheck={false}
            onChange={({ currentTarget }) => change({ name: currentTarget.value.trim() })}
            maw={420}
          />
        </Section>
        <Section title="Secrets">
          <SecretsPicker
            chosen={draft.secrets}
            error={errorAt(fields, "secrets")}
            onChange={(secrets) => change({ secrets })}
          />
        </Section>
        {hasOptions && (
          <Section title="Options">
            <OptionsEditor
              form={form}
              values={draft.values}
              errors={optionErrors(fields)}
              onChange={(values) => change({ values })}
              onTextProblem={setTextProblem}
            />
          </Section>
        )}
        <CurlCommand request={state.request} idempotencyKey={state.idempotencyKey} />
      </Stack>
      <Box className={classes.panel}>
        <LaunchPanel
          state={state}
          blocked={textProblem ?? (nameError === undefined ? null : `Name: ${nameError}`)}
        />
      </Box>
    </form>
  );
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <Paper component="section" aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  );
}
