import type { AuditEvent } from "@/api/types";

export interface Change {
  name: string;
  before: string;
  after: string;
  changed: boolean;
}

type Values = Record<string, unknown> | null;

/** One line for each name in before or after; what is the same on both sides comes last. */
export function changesOf({ before, after }: Pick<AuditEvent, "before" | "after">): Change[] {
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const lines = [...names].map((name) => {
    const [was, is] = [textOf(before, name), textOf(after, name)];
    return { name: inWords(name), before: was, after: is, changed: was !== is };
  });
  return lines.sort((a, b) => Number(b.changed) - Number(a.changed));
}

export const inWords = (name: string) => name.replaceAll("_", " ");

function textOf(values: Values, name: string): string {
  return values === null || !(name in values) ? "" : asText(values[name]);
}

export function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(asText).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
