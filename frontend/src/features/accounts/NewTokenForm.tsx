import { Button, Group, MultiSelect, NumberInput, Radio, Stack, Switch, TextInput } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { keys } from "@/api/keys";
import { tenantsQuery } from "@/api/tenants";
import { createToken } from "@/api/tokens";
import type { NewToken } from "@/api/types";
import { useMe } from "@/app/session";
import { ProblemNotice } from "@/components/ProblemNotice";

import { CHOICES, verbsOf } from "./verbs";

/** Who stands above the tenants may choose any of them. */
function useTenantChoices() {
  const me = useMe();
  const others = useInfiniteQuery({ ...tenantsQuery({}), enabled: me.is_platform_admin });
  const all = [...me.tenants, ...(others.data?.pages.flatMap(({ results }) => results) ?? [])];
  const names = new Map(all.map(({ slug, display_name }) => [slug, display_name]));
  return [...names].map(([value, label]) => ({ value, label }));
}

export function NewTokenForm({ onMade }: { onMade: (made: NewToken) => void }) {
  const queries = useQueryClient();
  const choices = useTenantChoices();
  const [name, setName] = useState("");
  const [days, setDays] = useState(30);
  const [verbs, setVerbs] = useState(CHOICES[0].value);
  const [everywhere, setEverywhere] = useState(false);
  const [tenants, setTenants] = useState<string[]>([]);
  const create = useMutation({
    mutationFn: () =>
      createToken({
        name,
        expires_in_days: days,
        verbs: verbsOf(verbs),
        tenants: everywhere ? null : tenants,
      }),
    onSuccess: async (made) => {
      onMade(made);
      await queries.invalidateQueries({ queryKey: keys.tokens });
    },
  });
  const complete = name.trim() !== "" && (everywhere || tenants.length > 0);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (complete) create.mutate();
  };
  return (
    <form aria-label="New token" onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="What it is for"
          placeholder="Nightly training"
          value={name}
          maxLength={100}
          data-autofocus
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <Radio.Group label="What it may do" value={verbs} onChange={setVerbs}>
          <Stack gap="xs" mt={6}>
            {CHOICES.map(({ value, label, means }) => (
              <Radio key={value} value={value} label={label} description={means} />
            ))}
          </Stack>
        </Radio.Group>
        <Stack gap="xs">
          <MultiSelect
            label="In which tenants"
            placeholder={tenants.length === 0 && !everywhere ? "Choose tenants" : undefined}
            data={choices}
            value={everywhere ? [] : tenants}
            onChange={setTenants}
            disabled={everywhere}
            searchable
            comboboxProps={{ withinPortal: true }}
          />
          <Switch
            label="All tenants that I am in, now and later"
            checked={everywhere}
            onChange={({ currentTarget }) => setEverywhere(currentTarget.checked)}
          />
        </Stack>
        <NumberInput
          label="Ends after, in days"
          value={days}
          min={1}
          max={365}
          allowDecimal={false}
          clampBehavior="strict"
          onChange={(value) => {
            if (typeof value === "number") setDays(value);
          }}
          maw={180}
        />
        {create.error && <ProblemNotice title="The token was not made" error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending} disabled={!complete}>
            Create token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
