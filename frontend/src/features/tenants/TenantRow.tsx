import { Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text } from "@mantine/core";
import { Link } from "react-router";

import type { Tenant } from "@/api/types";
import { addresses } from "@/app/addresses";
import { parseQuantity } from "@/components/quantity";
import { RelativeTime } from "@/components/RelativeTime";

import { QuotaBar } from "./QuotaBar";
import { StateBadge } from "./StateBadge";
import { KINDS } from "./states";
import { TenantMenu } from "./TenantMenu";

const ALL = ["cpu", "memory", "gpu", "storage", "services"] as const;

export function TenantRow({ tenant }: { tenant: Tenant }) {
  const { slug, display_name, quota, state } = tenant;
  const shown = ALL.filter((resource) => resource !== "gpu" || parseQuantity(quota.limits.gpu) > 0);
  return (
    <Paper component="li" p="md" aria-label={`Tenant ${display_name}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" mb="sm">
        <Stack gap={4} miw={0}>
          <Group gap="xs">
            <Anchor component={Link} to={addresses.catalog(slug)} fw={650} style={{ overflowWrap: "anywhere" }}>
              {display_name}
            </Anchor>
            <StateBadge state={state} />
            {tenant.group !== "" && <GroupBadge group={tenant.group} />}
          </Group>
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {slug} · {KINDS[tenant.kind]} · {plural(tenant.members, "member")} · made{" "}
            <RelativeTime at={tenant.created_at} />
          </Text>
        </Stack>
        <TenantMenu tenant={tenant} />
      </Group>
      <Trouble tenant={tenant} />
      <SimpleGrid cols={{ base: 2, sm: shown.length }} spacing="md" verticalSpacing="xs">
        {shown.map((resource) => (
          <QuotaBar
            key={resource}
            resource={resource}
            limit={quota.limits[resource]}
            used={quota.used[resource]}
          />
        ))}
      </SimpleGrid>
    </Paper>
  );
}

function Trouble({ tenant }: { tenant: Tenant }) {
  const { suspension, problem } = tenant;
  if (suspension === null && problem === "") return null;
  return (
    <Text size="sm" mb="sm" style={{ overflowWrap: "anywhere" }}>
      {suspension && `Suspended by ${suspension.by}: ${suspension.reason}. `}
      {problem !== "" && `${problem} This is tried again.`}
    </Text>
  );
}

export function GroupBadge({ group }: { group: string }) {
  return (
    <Badge
      component={Link}
      to={`${addresses.tenants}?${new URLSearchParams({ group }).toString()}`}
      variant="default"
      tt="none"
      fw={500}
      style={{ cursor: "pointer" }}
      aria-label={`Tenants of the group ${group}`}
    >
      {group}
    </Badge>
  );
}

export const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? "" : "s"}`;
