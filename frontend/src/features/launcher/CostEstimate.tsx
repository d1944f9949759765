import { Box, Text } from "@mantine/core";

import type { Cost } from "@/api/types";
import { formatMoney } from "@/features/usage/figures";

/** What it would cost, with the sum that leads there. Nothing where there are no prices. */
export function CostEstimate({ cost }: { cost: Cost | null }) {
  if (cost === null) return null;
  return (
    <Box component="section" aria-label="Estimated cost">
      <Text size="sm" fw={550} className="numbers">
        {formatMoney(Number(cost.per_hour), cost.currency)} an hour while it runs,{" "}
        {formatMoney(Number(cost.per_month_running), cost.currency)} a month
      </Text>
      <Text size="xs" c="dimmed">
        {cost.because}
      </Text>
    </Box>
  );
}
