import { Stack } from "@mantine/core";

import type { Preview } from "@/api/types";
import { parseQuantity } from "@/components/quantity";
import { QuotaBar } from "@/features/tenants/QuotaBar";

const ALL = ["cpu", "memory", "gpu", "storage", "services"] as const;

/** The tenant's quota with this launch in it. */
export function QuotaAfter({ preview, stale }: { preview: Preview; stale: boolean }) {
  const { quota, footprint } = preview;
  const shown = ALL.filter(
    (resource) => parseQuantity(quota.limits[resource]) > 0 || parseQuantity(footprint[resource]) > 0,
  );
  return (
    <Stack gap="sm" aria-busy={stale} style={{ opacity: stale ? 0.75 : 1, transition: "opacity 150ms" }}>
      {shown.map((resource) => (
        <QuotaBar
          key={resource}
          resource={resource}
          limit={quota.limits[resource]}
          used={quota.used[resource]}
          asked={footprint[resource]}
          size="lg"
        />
      ))}
    </Stack>
  );
}
