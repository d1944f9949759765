import { SimpleGrid, TextInput } from "@mantine/core";

import { titleOf } from "@/components/quantity";

import { COUNTED, PLACEHOLDERS, type Typed } from "./resources";

interface AmountFieldsProps {
  value: Typed;
  onChange: (value: Typed) => void;
  /** What is wrong, by the field's name in the request. */
  errors?: Record<string, string[]>;
  prefix?: string;
  describe?: (resource: string) => string | undefined;
}

/** One field for each resource that a quota counts. */
export function AmountFields({ value, onChange, errors = {}, prefix = "", describe }: AmountFieldsProps) {
  return (
    <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="sm">
      {COUNTED.map((name) => (
        <TextInput
          key={name}
          label={titleOf(name)}
          placeholder={PLACEHOLDERS[name]}
          description={describe?.(name)}
          error={errors[`${prefix}${name}`]?.join(" ")}
          value={value[name] ?? ""}
          maxLength={32}
          inputMode={name === "gpu" || name === "services" ? "numeric" : "text"}
          onChange={({ currentTarget }) => onChange({ ...value, [name]: currentTarget.value })}
        />
      ))}
    </SimpleGrid>
  );
}
