import { Stack } from "@mantine/core";

import type { Preview } from "@/api/types";
import { parseQuantity } from "@/components/quantity";
import { QuotaBar } from "@/features/tenants/QuotaBar";

import { tighter } from "./tighter";

const ALL = ["cpu", "memory", "gpu", "storage", "services"] as const;

/** The quota with this launch in it: the tenant's, or one's own limit where that is the tighter. */
export function QuotaAfter({ preview, stale }: { preview: Preview; stale: boolean }) {
  const { quota, footprint } = preview;
  const shown = ALL.filter(
    (resource) => parseQuantity(quota.limits[resource]) > 0 || parseQuantity(footprint[resource]) > 0,
  );
  return (
    <Stack gap="sm" aria-busy={stale} className="reckoned">
      {shown.map((resource) => {
        const { limit, used, own } = tighter(preview, resource);
        return (
          <QuotaBar
            key={resource}
            resource={resource}
            limit={limit}
            used={used}
            asked={footprint[resource]}
            whose={own ? "your own limit" : undefined}
            size="lg"
          />
        );
      })}
    </Stack>
  );
}
