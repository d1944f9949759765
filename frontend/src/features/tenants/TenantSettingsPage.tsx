import { Button, Group, Paper, Select, Skeleton, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { changeTenant, tenantQuery } from "@/api/tenants";
import type { Kind, Tenant } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import { useMe, useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { DeletionSection } from "./DeletionSection";
import { KINDS, optionsOf } from "./states";
import { SuspensionSection } from "./SuspensionSection";

export default function TenantSettingsPage() {
  const { slug, role } = useTenant();
  const { is_platform_admin } = useMe();
  const tenant = useQuery(tenantQuery(slug));
  if (role !== "admin" && !is_platform_admin) return <NotFoundPage />;
  return (
    <>
      <PageHeading title="Settings">What {tenant.data?.display_name ?? slug} is called and where it belongs.</PageHeading>
      {tenant.isPending && <Skeleton height={220} />}
      {tenant.error && (
        <ProblemNotice
          title="The settings cannot be shown"
          error={tenant.error}
          onRetry={() => void tenant.refetch()}
        />
      )}
      {tenant.data && (
        <Stack gap="lg">
          <Description key={tenant.data.slug} tenant={tenant.data} platform={is_platform_admin} />
          {is_platform_admin && <SuspensionSection tenant={tenant.data} />}
          {is_platform_admin && <DeletionSection tenant={tenant.data} />}
        </Stack>
      )}
    </>
  );
}

function Description({ tenant, platform }: { tenant: Tenant; platform: boolean }) {
  const queries = useQueryClient();
  const [name, setName] = useState(tenant.display_name);
  const [kind, setKind] = useState<Kind>(tenant.kind);
  const [group, setGroup] = useState(tenant.group);
  const save = useMutation({
    mutationFn: () =>
      changeTenant(tenant.slug, {
        display_name: name.trim(),
        ...(platform ? { kind, group: group.trim() } : {}),
      }),
    onSuccess: async (changed) => {
      queries.setQueryData(keys.tenantItself(tenant.slug), changed);
      await Promise.all([
        queries.invalidateQueries({ queryKey: keys.tenants }),
        queries.invalidateQueries({ queryKey: keys.me }),
      ]);
      notifyDone("Saved");
    },
  });
  const changed = name.trim() !== tenant.display_name || kind !== tenant.kind || group.trim() !== tenant.group;
  const wrong = save.error ? asProblem(save.error).fields : {};
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Paper component="section" aria-label="Description">
      <Title order={2} mb="md">
        Description
      </Title>
      <form onSubmit={submit}>
        <Stack maw={520}>
          <TextInput
            label="Name"
            required
            maxLength={200}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={wrong.display_name?.[0]}
          />
          <div>
            <Text size="sm" fw={500}>
              Short name
            </Text>
            <Text size="sm" c="dimmed">
              {tenant.slug}: part of addresses, of the bucket and of secrets&apos; paths. It stays for good.
            </Text>
          </div>
          <Select
            label="Kind"
            description={platform ? undefined : "A platform administrator can change it."}
            disabled={!platform}
            data={optionsOf(KINDS)}
            value={kind}
            allowDeselect={false}
            onChange={(value) => setKind((value ?? kind) as Kind)}
          />
          <TextInput
            label="Group"
            description={
              platform
                ? "Such as the company it belongs to: lists and reports can be cut down to it. It grants nothing."
                : "A platform administrator can change it."
            }
            disabled={!platform}
            maxLength={100}
            value={group}
            onChange={(event) => setGroup(event.currentTarget.value)}
            error={wrong.group?.[0]}
          />
          {save.error && <ProblemNotice title="This was not saved" error={save.error} />}
          <Group>
            <Button type="submit" loading={save.isPending} disabled={!changed || name.trim() === ""}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
