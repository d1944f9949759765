import { withTheme } from "@rjsf/core";
import { Theme } from "@rjsf/mantine";
import type { ErrorSchema, UiSchema } from "@rjsf/utils";

import type { LaunchForm } from "@/api/types";

import type { Values } from "./draft";
import { OptionCheckbox, OptionErrors, OptionGroup, OptionList, OptionSelect } from "./optionFields";
import { validator } from "./validator";

const SchemaForm = withTheme<Values>(Theme as object);
const TEMPLATES = {
  ObjectFieldTemplate: OptionGroup,
  ArrayFieldTemplate: OptionList,
  FieldErrorTemplate: OptionErrors,
};
const WIDGETS = { CheckboxWidget: OptionCheckbox, SelectWidget: OptionSelect };

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
    "ui:globalOptions": { emptyValue: "", orderable: false },
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
      widgets={WIDGETS}
      extraErrors={errors}
      liveValidate
      showErrorList={false}
      onChange={({ formData }) => onChange(formData ?? {})}
    />
  );
}
