import { Button, Group, Modal, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { createTenant, tenantSlugQuery } from "@/api/tenants";
import type { Kind } from "@/api/types";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { KINDS, optionsOf } from "./states";

const LIMITS = [
  { name: "cpu", label: "CPU cores", first: "16" },
  { name: "memory", label: "Memory", first: "64Gi" },
  { name: "gpu", label: "GPUs", first: "0" },
  { name: "storage", label: "Storage", first: "500Gi" },
  { name: "services", label: "Services", first: "20" },
] as const;
type Limits = Record<(typeof LIMITS)[number]["name"], string>;
const FIRST_LIMITS = Object.fromEntries(LIMITS.map(({ name, first }) => [name, first])) as Limits;

interface NewTenantModalProps {
  opened: boolean;
  onClose: () => void;
}

export function NewTenantModal({ opened, onClose }: NewTenantModalProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>New tenant</Text>} size="lg">
      <NewTenantForm onClose={onClose} />
    </Modal>
  );
}

function NewTenantForm({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [slug, setSlug] = useState("");
  const [kind, setKind] = useState<Kind>("business_unit");
  const [group, setGroup] = useState("");
  const [limits, setLimits] = useState(FIRST_LIMITS);
  const suggested = useSuggestedSlug(name);
  const create = useMutation({
    mutationFn: () =>
      createTenant({
        display_name: name.trim(),
        kind,
        group: group.trim(),
        ...(slug.trim() === "" ? {} : { slug: slug.trim() }),
        limits: { ...limits, gpu: Number(limits.gpu), services: Number(limits.services) },
      }),
    onSuccess: async (tenant) => {
      await queries.invalidateQueries({ queryKey: keys.tenants });
      notifyDone(`${tenant.display_name} is being made`, "Its bucket and secrets are ready in a few seconds.");
      onClose();
    },
  });
  const wrong = create.error ? asProblem(create.error).fields : {};
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="New tenant">
      <Stack>
        <TextInput
          label="Name"
          description="As people call it. It can be changed later."
          required
          maxLength={200}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={wrong.display_name?.[0]}
        />
        <TextInput
          label="Short name"
          description="Part of addresses, of its bucket and of secrets' paths. It stays for good."
          placeholder={suggested}
          maxLength={40}
          value={slug}
          onChange={(event) => setSlug(event.currentTarget.value)}
          error={wrong.slug?.[0]}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label="Kind"
            data={optionsOf(KINDS)}
            value={kind}
            allowDeselect={false}
            onChange={(value) => setKind((value ?? "business_unit") as Kind)}
          />
          <TextInput
            label="Group"
            description="For reports over several"
            inputWrapperOrder={["label", "input", "description", "error"]}
            maxLength={100}
            value={group}
            onChange={(event) => setGroup(event.currentTarget.value)}
            error={wrong.group?.[0]}
          />
        </SimpleGrid>
        <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
          <Text component="legend" size="sm" fw={600} mb={6}>
            What it may use
          </Text>
          <SimpleGrid cols={{ base: 2, xs: 5 }} spacing="xs">
            {LIMITS.map(({ name: limit, label }) => (
              <TextInput
                key={limit}
                label={label}
                required
                withAsterisk={false}
                maxLength={32}
                inputMode={limit === "gpu" || limit === "services" ? "numeric" : "text"}
                value={limits[limit]}
                onChange={(event) => setLimits({ ...limits, [limit]: event.currentTarget.value })}
                error={wrong[`limits.${limit}`]?.[0]}
              />
            ))}
          </SimpleGrid>
        </fieldset>
        {create.error && <ProblemNotice title="The tenant was not made" error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
            Make the tenant
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What it will be called if nobody says otherwise. */
function useSuggestedSlug(name: string): string {
  const [asked] = useDebouncedValue(name.trim(), 250);
  const { data } = useQuery({
    ...tenantSlugQuery(asked),
    enabled: asked !== "",
    placeholderData: (before) => before,
  });
  return asked === "" ? "" : (data ?? "");
}
