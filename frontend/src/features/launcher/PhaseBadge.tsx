import { Badge, Loader } from "@mantine/core";

import type { Phase } from "@/api/types";

import { PHASES } from "./phases";

export function PhaseBadge({ phase }: { phase: Phase }) {
  const { title, color, moving } = PHASES[phase];
  return (
    <Badge
      color={color}
      variant="light"
      tt="none"
      fw={600}
      size="lg"
      leftSection={moving ? <Loader size={12} color={color} /> : null}
      data-phase={phase}
    >
      {title}
    </Badge>
  );
}
