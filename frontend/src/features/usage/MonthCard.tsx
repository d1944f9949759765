import { Group, Paper, Text } from "@mantine/core";

import type { Usage } from "@/api/types";

import { formatMoney, labelOf } from "./figures";

/** The month so far against the last one, and how it is counted. */
export function MonthCard({ usage }: { usage: Usage }) {
  const { months, currency, formula } = usage;
  if (currency === null) {
    return (
      <Paper component="section" aria-label="Cost">
        <Text fw={600}>There are no prices yet</Text>
        <Text size="sm" c="dimmed">
          What is used is counted all the same. A platform administrator can set prices; what is used
          from then on has a cost.
        </Text>
      </Paper>
    );
  }
  return (
    <Paper component="section" aria-label="This month">
      <Group gap="xl" align="flex-end">
        <Sum title={`${labelOf(months.month)}, so far`} text={formatMoney(Number(months.cost), currency)} large />
        <Sum
          title={`${labelOf(months.last_month)}, all of it`}
          text={formatMoney(Number(months.last_cost), currency)}
        />
      </Group>
      <Text size="sm" c="dimmed" mt="sm">
        {formula}
      </Text>
    </Paper>
  );
}

function Sum({ title, text, large = false }: { title: string; text: string; large?: boolean }) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600}>
        {title}
      </Text>
      <Text fz={large ? 28 : 20} fw={650} className="numbers">
        {text}
      </Text>
    </div>
  );
}
