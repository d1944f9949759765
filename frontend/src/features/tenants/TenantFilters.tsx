import { CloseButton, Group, Pill, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";

import type { TenantFilter } from "@/api/tenants";
import { Icon } from "@/components/Icon";

import { KINDS, optionsOf, STATES } from "./states";

interface TenantFiltersProps {
  filter: TenantFilter;
  onChange: (query: Record<string, string>) => void;
}

export function TenantFilters({ filter, onChange }: TenantFiltersProps) {
  const [search, setSearch] = useState(filter.search ?? "");
  const set = (key: keyof TenantFilter, value: string | null) => {
    const rest = Object.entries({ ...filter, [key]: value ?? "" }).filter(([, text]) => text !== "");
    onChange(Object.fromEntries(rest));
  };
  const setSoon = useDebouncedCallback((text: string) => set("search", text.trim()), 300);
  const type = (text: string) => {
    setSearch(text);
    setSoon(text);
  };
  return (
    <Group mb="md" gap="sm" component="search" align="center">
      <TextInput
        aria-label="Search by name or group"
        placeholder="Search by name or group"
        leftSection={<Icon name="search" size={16} />}
        rightSection={search !== "" && <CloseButton aria-label="Clear the search" onClick={() => type("")} />}
        value={search}
        onChange={(event) => type(event.currentTarget.value)}
        style={{ flex: "1 1 220px" }}
      />
      <Select
        aria-label="State"
        placeholder="Any state"
        clearable
        data={optionsOf(STATES)}
        value={filter.state ?? null}
        onChange={(value) => set("state", value)}
        w={160}
      />
      <Select
        aria-label="Kind"
        placeholder="Any kind"
        clearable
        data={optionsOf(KINDS)}
        value={filter.kind ?? null}
        onChange={(value) => set("kind", value)}
        w={180}
      />
      {filter.group !== undefined && (
        <Pill
          size="lg"
          withRemoveButton
          removeButtonProps={{ "aria-label": `Show all groups, not only ${filter.group}`, "aria-hidden": false, tabIndex: 0 }}
          onRemove={() => set("group", null)}
        >
          Group: {filter.group}
        </Pill>
      )}
    </Group>
  );
}
