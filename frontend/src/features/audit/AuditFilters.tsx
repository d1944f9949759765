import { Button, Group, MultiSelect, Pill, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { eventTypesQuery } from "@/api/audit";

import type { PageFilter } from "./filter";

interface AuditFiltersProps {
  filter: PageFilter;
  onChange: (query: Record<string, string>) => void;
  withTenant: boolean;
}

const TYPING_MS = 300;

export function AuditFilters({ filter, onChange, withTenant }: AuditFiltersProps) {
  const types = useQuery(eventTypesQuery);
  const set = (key: keyof PageFilter, value: string) => {
    const rest = Object.entries({ ...filter, [key]: value }).filter(([, text]) => text !== "");
    onChange(Object.fromEntries(rest));
  };
  const chosen = filter.type?.split(",") ?? [];
  return (
    <Group mb="md" gap="sm" component="search" align="flex-end">
      {withTenant && (
        <Typed label="Tenant" placeholder="Also a deleted one" value={filter.tenant} onType={(text) => set("tenant", text)} />
      )}
      <Typed label="Who" placeholder="User name" value={filter.actor} onType={(text) => set("actor", text)} />
      <Typed label="Target" placeholder="Service, member, …" value={filter.text} onType={(text) => set("text", text)} />
      <MultiSelect
        label="What happened"
        placeholder={chosen.length === 0 ? "Anything" : ""}
        data={types.data?.map(({ type, title }) => ({ value: type, label: title })) ?? []}
        value={chosen}
        onChange={(values) => set("type", values.join(","))}
        searchable
        clearable
        hidePickedOptions
        style={{ flex: "2 1 220px" }}
      />
      <TextInput
        type="date"
        label="From"
        value={filter.since ?? ""}
        onChange={({ currentTarget }) => set("since", currentTarget.value)}
        style={{ flex: "0 1 150px" }}
      />
      <TextInput
        type="date"
        label="Until"
        value={filter.until ?? ""}
        onChange={({ currentTarget }) => set("until", currentTarget.value)}
        style={{ flex: "0 1 150px" }}
      />
      {Object.keys(filter).length > 0 && (
        <Button variant="subtle" onClick={() => onChange({})}>
          Clear
        </Button>
      )}
      {filter.request_id !== undefined && <Only text="one request" onRemove={() => set("request_id", "")} />}
      {filter.acting !== undefined && (
        <Only text={`acted by ${filter.acting}`} onRemove={() => set("acting", "")} />
      )}
    </Group>
  );
}

function Only({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <Pill
      size="lg"
      withRemoveButton
      removeButtonProps={{ "aria-label": `Not only ${text}`, "aria-hidden": false, tabIndex: 0 }}
      onRemove={onRemove}
    >
      Only {text}
    </Pill>
  );
}

interface TypedProps {
  label: string;
  placeholder: string;
  value: string | undefined;
  onType: (text: string) => void;
}

function Typed({ label, placeholder, value, onType }: TypedProps) {
  const [text, setText] = useState(value ?? "");
  const [known, setKnown] = useState(value);
  if (known !== value) {
    // Changed from outside: by "Clear", a link, or the browser's back button.
    setKnown(value);
    setText(value ?? "");
  }
  const soon = useDebouncedCallback((typed: string) => onType(typed.trim()), TYPING_MS);
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      value={text}
      maxLength={200}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        soon(currentTarget.value);
      }}
      style={{ flex: "1 1 150px" }}
    />
  );
}
