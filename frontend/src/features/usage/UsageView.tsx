import { Button, NativeSelect, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import type { Usage } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { StackedBars } from "@/components/StackedBars";

import { ALL_FIGURES, columnsOf, type Figure, FIGURES, formatFigure, seriesOf, valueOf } from "./figures";
import { GroupsTable, PeriodsTable } from "./UsageTables";
import { MonthCard } from "./MonthCard";
import { type Range, RANGES } from "./ranges";

interface UsageViewProps<Group extends string> {
  title: string;
  usage: UseQueryResult<Usage>;
  groups: Record<Group, string>;
  group: Group;
  onGroup: (group: Group) => void;
  range: Range;
  onRange: (range: Range) => void;
  /** Where the same is downloaded as a table. */
  table: string;
  children: ReactNode;
}

/** Use and cost as a picture, then as tables: of a tenant, or of all. */
export function UsageView<Group extends string>(props: UsageViewProps<Group>) {
  const { title, usage, groups, group, onGroup, range, onRange, table, children } = props;
  const [chosen, setFigure] = useState<Figure>();
  const figure = chosen ?? (usage.data?.currency === null ? "cpu_hours" : "cost");
  return (
    <>
      <PageHeading
        title={title}
        actions={
          <Button
            component="a"
            href={table}
            download
            variant="default"
            leftSection={<Icon name="download" size={16} />}
          >
            Download as CSV
          </Button>
        }
      >
        {children}
      </PageHeading>
      <SimpleGrid cols={{ base: 1, xs: 3 }} mb="md" spacing="sm">
        <NativeSelect
          label="Time"
          value={range}
          data={Object.entries(RANGES).map(([value, label]) => ({ value, label }))}
          onChange={({ currentTarget }) => onRange(currentTarget.value as Range)}
        />
        <NativeSelect
          label="By"
          value={group}
          data={Object.entries<string>(groups).map(([value, label]) => ({ value, label }))}
          onChange={({ currentTarget }) => onGroup(currentTarget.value as Group)}
        />
        <NativeSelect
          label="What"
          value={figure}
          data={ALL_FIGURES.map((value) => ({ value, label: FIGURES[value] }))}
          onChange={({ currentTarget }) => setFigure(currentTarget.value as Figure)}
        />
      </SimpleGrid>
      {usage.error && (
        <ProblemNotice
          title="The usage cannot be shown"
          error={usage.error}
          onRetry={() => void usage.refetch()}
        />
      )}
      {usage.isPending && <Skeleton height={360} aria-label="Loading" />}
      {usage.data && <Shown usage={usage.data} figure={figure} groupTitle={groups[group]} />}
    </>
  );
}

function Shown({ usage, figure, groupTitle }: { usage: Usage; figure: Figure; groupTitle: string }) {
  const { currency } = usage;
  const series = seriesOf(usage.groups, figure);
  const columns = columnsOf(usage, series, figure);
  const format = (value: number) => formatFigure(figure, value, currency);
  const total = format(valueOf(usage.total, figure));
  if (usage.rows.length === 0) {
    return (
      <Stack>
        <MonthCard usage={usage} />
        <EmptyState icon="chart" title="Nothing was used in this time">
          As soon as a service is launched, what it holds is counted here, second by second.
        </EmptyState>
      </Stack>
    );
  }
  return (
    <Stack gap="lg">
      <MonthCard usage={usage} />
      <Paper component="section" aria-label={FIGURES[figure]}>
        <Title order={2}>
          {FIGURES[figure]}: {total}
        </Title>
        <Text size="sm" c="dimmed" mb="md">
          {usage.from_day} to {usage.to_day}, days of UTC
          {usage.total.unpriced ? ". Part of it is older than the first prices and costs nothing." : ""}
        </Text>
        {series.length === 0 ? (
          <Text>None of it was used in this time.</Text>
        ) : (
          <StackedBars
            summary={`${FIGURES[figure]} per ${usage.by}, ${total} in all. The table below has the numbers.`}
            columns={columns}
            series={series}
            format={format}
          />
        )}
      </Paper>
      <GroupsTable usage={usage} title={groupTitle} />
      <PeriodsTable columns={columns} series={series} format={format} figure={FIGURES[figure]} />
    </Stack>
  );
}
