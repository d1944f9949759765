import { Stack, Text, Title } from "@mantine/core";
import { withTheme } from "@rjsf/core";
import { Theme } from "@rjsf/mantine";
import type {
  ErrorSchema,
  ObjectFieldTemplateProps,
  UiSchema,
} from "@rjsf/utils";

import type { LaunchForm } from "@/api/types";

import type { Values } from "./draft";
import { validator } from "./validator";

const SchemaForm = withTheme<Values>(Theme as object);

/** A group of options: its heading once, its fields under one another. */
function OptionGroup({ title, description, properties, fieldPathId }: ObjectFieldTemplateProps<Values>) {
  const isRoot = fieldPathId.path.length === 0;
  return (
    <Stack gap="md" component="section" aria-label={title || undefined}>
      {!isRoot && title !== "" && (
        <div>
          <Title order={3}>{title}</Title>
          {description !== undefined && description !== "" && (
            <Text size="sm" c="dimmed">
              {description}
            </Text>
          )}
        </div>
      )}
      {properties.filter(({ hidden }) => !hidden).map(({ name, content }) => (
        <div key={name}>{content}</div>
      ))}
    </Stack>
  );
}

const TEMPLATES = { ObjectFieldTemplate: OptionGroup };

interface OptionsFormProps {
  form: LaunchForm;
  values: Values;
  errors: ErrorSchema;
  onChange: (values: Values) => void;
}

export function OptionsForm({ form, values, errors, onChange }: OptionsFormProps) {
  const ui: UiSchema<Values> = {
    ...form.ui,
    "ui:submitButtonOptions": { norender: true },
    // An emptied text is an empty text, not the default again.
    "ui:globalOptions": { emptyValue: "" },
  };
  return (
    <SchemaForm
      tagName="div"
      idPrefix="option"
      schema={form.schema}
      uiSchema={ui}
      formData={values}
      validator={validator}
      templates={TEMPLATES}
      extraErrors={errors}
      liveValidate
      showErrorList={false}
      onChange={({ formData }) => onChange(formData ?? {})}
    />
  );
}
