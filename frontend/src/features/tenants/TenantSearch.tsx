import { Button, Combobox, Loader, ScrollArea, Text, useCombobox } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { tenantsQuery } from "@/api/tenants";
import type { MyTenant } from "@/api/types";
import { Icon } from "@/components/Icon";

interface TenantSearchProps {
  current: MyTenant | undefined;
  onPick: (slug: string) => void;
}

/** All tenants of the platform by a few letters of their name, slug or group. */
export function TenantSearch({ current, onPick }: TenantSearchProps) {
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search.trim(), 200);
  const combobox = useCombobox({
    onDropdownOpen: () => combobox.focusSearchInput(),
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setSearch("");
    },
  });
  const tenants = useInfiniteQuery({
    ...tenantsQuery(asked === "" ? {} : { search: asked }),
    enabled: combobox.dropdownOpened,
  });
  const found = tenants.data?.pages.flatMap(({ results }) => results) ?? [];
  return (
    <Combobox
      store={combobox}
      width={300}
      position="bottom-start"
      onOptionSubmit={(slug) => {
        combobox.closeDropdown();
        onPick(slug);
      }}
    >
      <Combobox.Target withAriaAttributes={false}>
        <Button
          variant="subtle"
          color="gray"
          px="xs"
          rightSection={<Icon name="chevron" size={16} />}
          aria-label={current ? `Tenant: ${current.display_name}. Switch` : "Choose a tenant"}
          aria-expanded={combobox.dropdownOpened}
          styles={{ label: { maxWidth: "38vw" } }}
          onClick={() => combobox.toggleDropdown()}
        >
          {current?.display_name ?? "Choose a tenant"}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={search}
          onChange={(event) => {
            setSearch(event.currentTarget.value);
            combobox.selectFirstOption();
          }}
          placeholder="Search all tenants"
          aria-label="Search all tenants"
        />
        <Combobox.Options aria-label="Tenants">
          <ScrollArea.Autosize mah={320} type="auto">
            {found.map((tenant) => (
              <Combobox.Option key={tenant.slug} value={tenant.slug} active={tenant.slug === current?.slug}>
                <Text size="sm" truncate>
                  {tenant.display_name}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {[tenant.slug, tenant.group, tenant.state === "active" ? "" : tenant.state]
                    .filter(Boolean)
                    .join(" · ")}
                </Text>
              </Combobox.Option>
            ))}
            {tenants.isPending && (
              <Combobox.Empty>
                <Loader size="xs" aria-label="Loading" />
              </Combobox.Empty>
            )}
            {tenants.data && found.length === 0 && (
              <Combobox.Empty>No tenant is called anything like that.</Combobox.Empty>
            )}
            {tenants.hasNextPage && (
              <Combobox.Empty>There are more: type a few letters of its name.</Combobox.Empty>
            )}
          </ScrollArea.Autosize>
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
