import { Badge, Loader } from "@mantine/core";

import type { TenantState } from "@/api/types";

import { STATES } from "./states";

export function StateBadge({ state }: { state: TenantState }) {
  const { title, color, moving } = STATES[state];
  return (
    <Badge
      color={color}
      variant="light"
      tt="none"
      fw={600}
      leftSection={moving ? <Loader size={10} color={color} /> : null}
      data-state={state}
    >
      {title}
    </Badge>
  );
}
