import type { ErrorSchema } from "@rjsf/utils";

type Fields = Record<string, string[]>;

/** What is wrong with one field of the request, as one sentence. */
export function errorAt(fields: Fields, path: string): string | undefined {
  return fields[path]?.join(" ");
}

/** The errors below `values`, in the shape that the schema's form shows at its own fields. */
export function optionErrors(fields: Fields): ErrorSchema {
  const root: ErrorSchema = {};
  for (const [path, texts] of Object.entries(fields)) {
    const [first, ...parts] = path.split(/\.|\[|\]\.?/).filter((part) => part !== "");
    if (first !== "values") continue;
    let node = root as Record<string, ErrorSchema>;
    for (const part of parts) {
      node[part] ??= {};
      node = node[part] as Record<string, ErrorSchema>;
    }
    (node as ErrorSchema).__errors = texts;
  }
  return root;
}

const SHOWN = /^(name|values|resources|secrets)(\.|\[|$)/;

/** Errors of fields that the form does not show: they go above the button. */
export function homelessErrors(fields: Fields): string[] {
  return Object.entries(fields)
    .filter(([path]) => !SHOWN.test(path))
    .map(([path, texts]) => `${path}: ${texts.join(" ")}`);
}
