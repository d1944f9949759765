import type { RemovalStep } from "@/api/types";

/** What deleting is busy with, in its order. */
export const REMOVAL_STEPS: readonly (readonly [RemovalStep, string])[] = [
  ["retention", "Keep it until its date"],
  ["services", "Stop and remove the services"],
  ["access", "End everybody's access"],
  ["secrets", "Destroy the secrets"],
  ["files", "Delete the files and the bucket"],
  ["namespace", "Remove the place of its tools, with kept storage"],
  ["record", "Write down that it is gone"],
];

/** Words for what is counted of a tenant. */
export const COUNTED: Record<string, readonly [string, string]> = {
  services: ["service", "services"],
  members: ["member", "members"],
  objects: ["file", "files"],
  secrets: ["secret", "secrets"],
  tokens: ["token", "tokens"],
  webhooks: ["webhook", "webhooks"],
  volumes: ["kept volume", "kept volumes"],
  invitations: ["invitation", "invitations"],
};

const number = new Intl.NumberFormat("en");

export function describeCount(kind: string, count: number, more = false): string {
  const [one, many] = COUNTED[kind] ?? [kind, kind];
  return `${more ? "more than " : ""}${number.format(count)} ${count === 1 && !more ? one : many}`;
}
