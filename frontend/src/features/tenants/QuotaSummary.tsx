import { Box, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { quotaQuery } from "@/api/tenants";
import { parseQuantity } from "@/components/quantity";

import { QuotaBar } from "./QuotaBar";

const ALL = ["cpu", "memory", "gpu", "storage", "services"] as const;

/** What the tenant has and what of it is taken. A resource that it has none of is left out. */
export function QuotaSummary({ tenant }: { tenant: string }) {
  const { data: quota, isPending } = useQuery(quotaQuery(tenant));
  if (isPending) return <Skeleton height={150} />;
  if (quota === undefined) return null;
  return (
    <Box p="sm" component="section" aria-label="Quota of this tenant">
      <Text size="xs" c="dimmed" fw={600} mb="xs">
        Quota in use
      </Text>
      <Stack gap="xs">
        {ALL.filter((resource) => parseQuantity(quota.limits[resource]) > 0).map((resource) => (
          <QuotaBar
            key={resource}
            resource={resource}
            limit={quota.limits[resource]}
            used={quota.used[resource]}
          />
        ))}
      </Stack>
    </Box>
  );
}
