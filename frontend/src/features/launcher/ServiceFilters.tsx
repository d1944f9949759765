import { CloseButton, Group, Pill, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

import type { ServiceFilter } from "@/api/allServices";
import { Icon } from "@/components/Icon";

import { PHASES } from "./phases";

interface ServiceFiltersProps {
  filter: ServiceFilter;
  onChange: (query: Record<string, string>) => void;
  withTenant: boolean;
}

const AGES = [
  { value: "1", label: "Older than a day" },
  { value: "7", label: "Older than a week" },
  { value: "30", label: "Older than 30 days" },
];
const PHASE_OPTIONS = Object.entries(PHASES).map(([value, { title }]) => ({ value, label: title }));
const WORDS = { owner: "Owner", chart: "Chart", group: "Group", tenant: "Tenant" } as const;

export function ServiceFilters({ filter, onChange, withTenant }: ServiceFiltersProps) {
  const [search, setSearch] = useState(filter.search ?? "");
  const set = (key: keyof ServiceFilter, value: string | null) => {
    const all = Object.entries({ ...filter, [key]: value ?? "" }).map(([name, text]) => [name, String(text)]);
    onChange(Object.fromEntries(all.filter(([, text]) => text !== "")) as Record<string, string>);
  };
  const setSoon = useDebouncedCallback((text: string) => set("search", text.trim()), 300);
  const type = (text: string) => {
    setSearch(text);
    setSoon(text);
  };
  const pills = (Object.keys(WORDS) as (keyof typeof WORDS)[]).filter(
    (key) => filter[key] !== undefined && (withTenant || key !== "tenant"),
  );
  return (
    <Group mb="md" gap="sm" component="search">
      <TextInput
        aria-label="Search by name, chart or owner"
        placeholder="Search by name, chart or owner"
        leftSection={<Icon name="search" size={16} />}
        rightSection={search !== "" && <CloseButton aria-label="Clear the search" onClick={() => type("")} />}
        value={search}
        onChange={(event) => type(event.currentTarget.value)}
        style={{ flex: "1 1 220px" }}
      />
      <Select
        aria-label="Phase"
        placeholder="Any phase"
        clearable
        data={PHASE_OPTIONS}
        value={filter.phase ?? null}
        onChange={(value) => set("phase", value)}
        w={150}
      />
      <Select
        aria-label="Age"
        placeholder="Any age"
        clearable
        data={AGES}
        value={filter.older_than_days === undefined ? null : String(filter.older_than_days)}
        onChange={(value) => set("older_than_days", value)}
        w={180}
      />
      {pills.map((key) => (
        <Pill
          key={key}
          size="lg"
          withRemoveButton
          removeButtonProps={{ "aria-label": `Not only ${filter[key]}`, "aria-hidden": false, tabIndex: 0 }}
          onRemove={() => set(key, null)}
        >
          {WORDS[key]}: {filter[key]}
        </Pill>
      ))}
    </Group>
  );
}
