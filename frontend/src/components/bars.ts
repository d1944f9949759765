export interface Column {
  label: string;
  values: Record<string, number>;
}

interface Bar {
  key: string;
  /** Both as shares of the whole height. */
  from: number;
  size: number;
}

/** One column's bars, the first at the bottom. What is nothing has none. */
export function barsOf(values: Record<string, number>, most: number): Bar[] {
  let from = 0;
  const bars: Bar[] = [];
  for (const [key, value] of Object.entries(values)) {
    const size = most > 0 ? value / most : 0;
    if (size > 0) bars.push({ key, from, size });
    from += size;
  }
  return bars;
}

/** Round numbers from 0 to at least `most`, three to six of them. */
export function ticksUpTo(most: number): number[] {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough) ?? 10) * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

const LABEL_WIDTH = 56;

/** Which columns have room for their label. */
export function shownLabels(columns: number, width: number): (at: number) => boolean {
  const every = Math.max(1, Math.ceil((columns * LABEL_WIDTH) / Math.max(width, 1)));
  return (at) => at % every === 0;
}
