import { Button, Group, Modal, MultiSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { eventTypesQuery } from "@/api/audit";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { addWebhook } from "@/api/webhooks";
import { ProblemNotice } from "@/components/ProblemNotice";

import { ShownSecret } from "./ShownSecret";

interface NewWebhookModalProps {
  opened: boolean;
  onClose: () => void;
}

export function NewWebhookModal({ opened, onClose }: NewWebhookModalProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>New webhook</Text>} size="lg">
      <NewWebhook onClose={onClose} />
    </Modal>
  );
}

function NewWebhook({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const known = useQuery(eventTypesQuery);
  const [url, setUrl] = useState("");
  const [tenant, setTenant] = useState("");
  const [types, setTypes] = useState<string[]>([]);
  const add = useMutation({
    mutationFn: () => addWebhook({ url: url.trim(), tenant: tenant.trim() || null, types }),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.webhooks }),
  });
  if (add.data) return <ShownSecret secret={add.data.secret} onClose={onClose} />;
  const fields = add.error ? asProblem(add.error).fields : {};
  return (
    <form
      aria-label="New webhook"
      onSubmit={(event) => {
        event.preventDefault();
        if (url.trim() !== "") add.mutate();
      }}
    >
      <Stack>
        <TextInput
          label="Address"
          placeholder="https://siem.example.com/datalab"
          value={url}
          maxLength={500}
          error={fields.url?.join(" ")}
          onChange={({ currentTarget }) => setUrl(currentTarget.value)}
          data-autofocus
        />
        <TextInput
          label="Tenant"
          description="Its name in addresses, such as acme. Empty: the whole platform."
          value={tenant}
          maxLength={40}
          error={fields.tenant?.join(" ")}
          onChange={({ currentTarget }) => setTenant(currentTarget.value)}
        />
        <MultiSelect
          label="Events"
          description="None chosen: every event."
          placeholder={types.length === 0 ? "Every event" : ""}
          data={known.data?.map(({ type, title }) => ({ value: type, label: title })) ?? []}
          value={types}
          onChange={setTypes}
          searchable
          clearable
          hidePickedOptions
        />
        {add.error && Object.keys(fields).length === 0 && (
          <ProblemNotice title="The webhook was not added" error={add.error} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={url.trim() === ""}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
