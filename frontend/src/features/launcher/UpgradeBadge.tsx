import { Badge } from "@mantine/core";

import type { Service } from "@/api/types";

/** That the catalogue has something newer; it is taken from the menu. */
export function UpgradeBadge({ service }: { service: Service }) {
  if (service.upgrade_available === null && !service.chart_changed) return null;
  return (
    <Badge variant="light" color="blue" tt="none" fw={500}>
      {service.upgrade_available === null ? "Changed in the catalogue" : `${service.upgrade_available} available`}
    </Badge>
  );
}
