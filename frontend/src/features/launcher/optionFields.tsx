/** The schema form's own pieces where the library's look foreign beside the rest of the page. */
import { Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { Theme } from "@rjsf/mantine";
import type {
  ArrayFieldTemplateProps,
  FieldErrorProps,
  FormContextType,
  ObjectFieldTemplateProps,
  RJSFSchema,
  WidgetProps,
} from "@rjsf/utils";
import type { ComponentType } from "react";

import { Icon } from "@/components/Icon";

import type { Values } from "./draft";

const LibrarySelect = Theme.widgets?.SelectWidget as ComponentType<WidgetProps>;

const sentence = (text: string | undefined) => (text === undefined || text === "" ? undefined : text);

function Heading({ title, description }: { title: string | undefined; description: string | undefined }) {
  return (
    <div>
      <Title order={3}>{title}</Title>
      {sentence(description) && (
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      )}
    </div>
  );
}

/** A group of options: its heading once, its fields under one another; in a list, side by side. */
export function OptionGroup({ title, description, properties, fieldPathId }: ObjectFieldTemplateProps<Values>) {
  const place = fieldPathId.path.at(-1);
  const sideBySide = typeof place === "number";
  const fields = properties
    .filter(({ hidden }) => !hidden)
    .map(({ name, content }) => (
      <div key={name} style={sideBySide ? { flex: "1 1 180px" } : undefined}>
        {content}
      </div>
    ));
  if (sideBySide) {
    return (
      <Group align="flex-end" gap="sm">
        {fields}
      </Group>
    );
  }
  return (
    <Stack gap="md" component="section" aria-label={title || undefined}>
      {place !== undefined && title !== "" && (
        <Heading title={title} description={typeof description === "string" ? description : undefined} />
      )}
      {fields}
    </Stack>
  );
}

export function OptionList<S extends RJSFSchema, F extends FormContextType>({
  title,
  schema,
  items,
  canAdd,
  onAddClick,
}: ArrayFieldTemplateProps<Values, S, F>) {
  return (
    <Stack gap="sm" component="section" aria-label={title}>
      <Heading title={title} description={schema.description} />
      {items}
      {canAdd && (
        <div>
          <Button
            variant="default"
            size="xs"
            leftSection={<Icon name="plus" size={14} />}
            onClick={onAddClick}
            aria-label={`Add to ${title}`}
          >
            Add
          </Button>
        </div>
      )}
    </Stack>
  );
}

/** Controls show their own errors; here are those of what has no control of its own. */
export function OptionErrors({ errors = [], schema }: FieldErrorProps) {
  if (errors.length === 0 || (schema.type !== "object" && schema.type !== "array")) return null;
  return (
    <Text size="xs" c="red" role="alert" mt={4}>
      {errors}
    </Text>
  );
}

export function OptionCheckbox({ id, value, label, schema, rawErrors, disabled, onChange }: WidgetProps) {
  return (
    <Checkbox
      id={id}
      label={label}
      description={sentence(schema.description)}
      checked={value === true}
      disabled={disabled}
      error={rawErrors && rawErrors.length > 0 ? rawErrors.join(" ") : undefined}
      onChange={({ currentTarget }) => onChange(currentTarget.checked)}
    />
  );
}

/** The library's, with the description that it forgets. */
export function OptionSelect(props: WidgetProps) {
  const options = {
    description: sentence(props.schema.description),
    allowDeselect: false,
    searchable: false,
    ...props.options,
  };
  return <LibrarySelect {...props} options={options} />;
}
