import { Alert, List, Paper, Skeleton, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { quotaQuery } from "@/api/tenants";
import type { Quota } from "@/api/types";
import { useMe, useRights, useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { parseQuantity } from "@/components/quantity";
import { ProblemNotice } from "@/components/ProblemNotice";
import { QuotaBar } from "@/features/tenants/QuotaBar";

import { AskForMore } from "./AskForMore";
import { EditLimits } from "./EditLimits";
import { Holders } from "./Holders";
import { MemberLimits } from "./MemberLimits";
import { OwnLimits } from "./OwnLimits";
import { Requests } from "./Requests";
import { COUNTED } from "./resources";

/** What a tenant may use, who holds it, what one may hold oneself, and asking for more. */
export default function QuotaPage() {
  const tenant = useTenant();
  const me = useMe();
  const { canChange } = useRights();
  const admin = me.is_platform_admin || tenant.role === "admin";
  const { data: quota, error, refetch } = useQuery(quotaQuery(tenant.slug));
  return (
    <>
      <PageHeading title="Quota">What {tenant.display_name} may use together, and what is taken of it.</PageHeading>
      {error && <ProblemNotice title="The quota cannot be shown" error={error} onRetry={() => void refetch()} />}
      {quota === undefined && !error && <Skeleton height={320} />}
      {quota && (
        <Stack gap="lg">
          {quota.notes.length > 0 && (
            <Alert color="yellow" title="Above the limit" icon={<Icon name="alert" />}>
              <List size="sm">
                {quota.notes.map((note) => (
                  <List.Item key={note}>{note}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          <Picture quota={quota} />
          <OwnLimits quota={quota} />
          {canChange && <AskForMore tenant={tenant.slug} forTenant={admin} />}
          <Requests tenant={tenant.slug} />
          {admin && <MemberLimits tenant={tenant.slug} quota={quota} />}
          {me.is_platform_admin && <EditLimits tenant={tenant.slug} quota={quota} />}
        </Stack>
      )}
    </>
  );
}

function Picture({ quota }: { quota: Quota }) {
  const limits = quota.limits.devices ?? {};
  const used = quota.used.devices ?? {};
  const devices = [...new Set([...Object.keys(limits), ...Object.keys(used)])].sort();
  return (
    <Paper component="section" aria-label="Use of the tenant">
      <Stack gap="md">
        <Title order={2}>In use</Title>
        {COUNTED.filter(
          (name) => parseQuantity(quota.limits[name]) > 0 || parseQuantity(quota.used[name]) > 0,
        ).map((name) => (
          <QuotaBar key={name} resource={name} limit={quota.limits[name]} used={quota.used[name]} size="lg" />
        ))}
        {devices
          .filter((name) => limits[name] !== undefined)
          .map((name) => (
            <QuotaBar key={name} resource={name} limit={limits[name] ?? 0} used={used[name] ?? 0} size="lg" />
          ))}
        <Holders quota={quota} />
      </Stack>
    </Paper>
  );
}
