import { Box, Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";

import { barsOf, type Column, shownLabels, ticksUpTo } from "./bars";
import classes from "./StackedBars.module.css";

export interface Series {
  key: string;
  title: string;
}

interface StackedBarsProps {
  /** What it shows, in a sentence: for who cannot see it. The numbers belong into a table beside it. */
  summary: string;
  columns: Column[];
  series: Series[];
  format: (value: number) => string;
}

const HEIGHT = 240;
const BELOW = 24;
const LEFT = 64;
const TOP = 8;
export const MOST_SERIES = 8;

/** Stacked bars over time. Colours repeat nowhere: at most eight series, told apart by the legend too. */
export function StackedBars({ summary, columns, series, format }: StackedBarsProps) {
  const { ref, width } = useElementSize();
  const across = Math.max(width, 240) - LEFT;
  const down = HEIGHT - BELOW - TOP;
  const ticks = ticksUpTo(Math.max(...columns.map(({ values }) => sum(values)), 0));
  const most = ticks[ticks.length - 1] ?? 1;
  const step = across / Math.max(columns.length, 1);
  const labelled = shownLabels(columns.length, across);
  return (
    <Box ref={ref}>
      <svg width="100%" height={HEIGHT} role="img" aria-label={summary} className={classes.chart}>
        {ticks.map((tick) => {
          const y = TOP + down * (1 - tick / most);
          return (
            <g key={tick}>
              <line x1={LEFT} x2={LEFT + across} y1={y} y2={y} className={classes.line} />
              <text x={LEFT - 8} y={y + 4} textAnchor="end">
                {format(tick)}
              </text>
            </g>
          );
        })}
        {columns.map((column, at) => (
          <g key={column.label} transform={`translate(${LEFT + at * step} ${TOP})`}>
            <title>{`${column.label}: ${format(sum(column.values))}`}</title>
            <rect width={step} height={down} className={classes.hover} />
            {barsOf(column.values, most).map(({ key, from, size }) => (
              <rect
                key={key}
                x={step * 0.14}
                width={step * 0.72}
                y={down * (1 - from - size)}
                height={down * size}
                className={classes.bar}
                data-series={series.findIndex((one) => one.key === key)}
              />
            ))}
            {labelled(at) && (
              <text x={step / 2} y={down + 18} textAnchor="middle">
                {column.label}
              </text>
            )}
          </g>
        ))}
      </svg>
      <Group gap="md" mt="xs" component="ul" p={0} m={0} style={{ listStyle: "none" }} aria-label="Legend">
        {series.map(({ key, title }, at) => (
          <Group key={key} component="li" gap={6} wrap="nowrap">
            <span className={classes.key} data-series={at} />
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {title}
            </Text>
          </Group>
        ))}
      </Group>
    </Box>
  );
}

const sum = (values: Record<string, number>) => Object.values(values).reduce((one, two) => one + two, 0);
