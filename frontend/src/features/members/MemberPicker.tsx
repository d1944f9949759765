import { Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { membersQuery } from "@/api/members";
import { useTenant } from "@/app/session";

interface MemberPickerProps {
  label: string;
  value: string | null;
  /** Who cannot be chosen. */
  except?: string | undefined;
  onChange: (username: string | null) => void;
}

/** A member who may run services, by a few letters. */
export function MemberPicker({ label, value, except, onChange }: MemberPickerProps) {
  const { slug } = useTenant();
  const [search, setSearch] = useState("");
  const members = useInfiniteQuery(membersQuery(slug, value === search ? "" : search.trim()));
  const rows = members.data?.pages.flatMap(({ results }) => results) ?? [];
  const runners = rows.filter(
    ({ role, is_active, username }) => role !== "viewer" && is_active && username !== except,
  );
  return (
    <Select
      label={label}
      placeholder="Choose a member"
      searchable
      nothingFoundMessage="No other member or admin"
      data={runners.map(({ username, display_name }) => ({
        value: username,
        label: display_name === "" ? username : `${display_name} (${username})`,
      }))}
      filter={({ options }) => options}
      value={value}
      onChange={onChange}
      onSearchChange={(text) => setSearch(text.replace(/ \(.*\)$/, ""))}
    />
  );
}
