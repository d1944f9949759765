/** The names and values of a secret while somebody edits them. Pure. */
export interface Row {
  id: number;
  name: string;
  value: string;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const PATH = /^(personal\/)?[A-Za-z0-9_]+((\.|-+|\/)[A-Za-z0-9_]+)*$/;

export const PATH_HINT = "Letters, digits, '.', '_' and '-', with '/' for folders.";
const NAME_HINT = "Letters, digits and '_', not beginning with a digit.";

let last = 0;

export function newRow(name = "", value = ""): Row {
  last += 1;
  return { id: last, name, value };
}

export function rowsOf(data: Record<string, string>): Row[] {
  return Object.entries(data).map(([name, value]) => newRow(name, value));
}

export function dataOf(rows: Row[]): Record<string, string> {
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

export function problemWithPath(path: string): string | undefined {
  return PATH.test(path) && path.length <= 200 ? undefined : PATH_HINT;
}

/** What is wrong with the name of one row; the rows are those of one secret. */
export function problemWithName(row: Row, rows: Row[]): string | undefined {
  if (!NAME.test(row.name)) return NAME_HINT;
  return rows.some((other) => other.id !== row.id && other.name === row.name)
    ? "This name is there twice."
    : undefined;
}
