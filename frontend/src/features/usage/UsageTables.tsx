import { Paper, SimpleGrid, Stack, Table, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";

import type { Usage, UsageGroup } from "@/api/types";
import type { Column } from "@/components/bars";
import type { Series } from "@/components/StackedBars";

import { ALL_FIGURES, FIGURES, formatFigure, valueOf } from "./figures";

/** All figures of each group, the dearest first. */
export function GroupsTable({ usage, title }: { usage: Usage; title: string }) {
  const wide = useMediaQuery("(min-width: 48em)", true, { getInitialValueInEffect: false });
  const { currency } = usage;
  const shown = ALL_FIGURES.filter((figure) => figure !== "cost" || currency !== null);
  const text = (one: UsageGroup, figure: (typeof shown)[number]) =>
    formatFigure(figure, valueOf(one, figure), currency);
  if (!wide) {
    return (
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: "none" }} aria-label={`By ${title}`}>
        {usage.groups.map((one) => (
          <Paper key={one.key} component="li" p="md">
            <Text fw={600} style={{ overflowWrap: "anywhere" }}>
              {one.title}
            </Text>
            <SimpleGrid cols={2} spacing={4} mt={4}>
              {shown.map((figure) => (
                <Text key={figure} size="sm" className="numbers">
                  <Text span size="xs" c="dimmed">
                    {FIGURES[figure]}{" "}
                  </Text>
                  {text(one, figure)}
                </Text>
              ))}
            </SimpleGrid>
          </Paper>
        ))}
      </Stack>
    );
  }
  return (
    <Paper p={0} style={{ overflow: "hidden" }}>
      <Table aria-label={`By ${title}`} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{title}</Table.Th>
            {shown.map((figure) => (
              <Table.Th key={figure} ta="right">
                {FIGURES[figure]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {usage.groups.map((one) => (
            <Table.Tr key={one.key}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{one.title}</Table.Td>
              {shown.map((figure) => (
                <Table.Td key={figure} ta="right" className="numbers">
                  {text(one, figure)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}

interface PeriodsTableProps {
  columns: Column[];
  series: Series[];
  format: (value: number) => string;
  figure: string;
}

/** The picture's numbers, for who reads instead. */
export function PeriodsTable({ columns, series, format, figure }: PeriodsTableProps) {
  const used = columns.filter(({ values }) => Object.values(values).some((value) => value > 0));
  if (used.length === 0) return null;
  return (
    <Paper component="section" aria-label={`${figure} in numbers`}>
      <Title order={2} mb="sm">
        {figure} in numbers
      </Title>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>When</Table.Th>
            <Table.Th ta="right">Sum</Table.Th>
            <Table.Th>Of which</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {used.map(({ label, values }) => (
            <Table.Tr key={label}>
              <Table.Td style={{ whiteSpace: "nowrap" }}>{label}</Table.Td>
              <Table.Td ta="right" className="numbers">
                {format(Object.values(values).reduce((one, two) => one + two, 0))}
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {series
                  .filter(({ key }) => (values[key] ?? 0) > 0)
                  .map(({ key, title }) => `${title} ${format(values[key] ?? 0)}`)
                  .join(" · ")}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
