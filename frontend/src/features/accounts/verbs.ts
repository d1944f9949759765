import type { Token, Verb } from "@/api/types";

interface Choice {
  value: string;
  verbs: Verb[];
  label: string;
  means: string;
}

/** What a token can be for. Each includes the ones before it. */
export const CHOICES: readonly [Choice, ...Choice[]] = [
  {
    value: "read",
    verbs: ["read"],
    label: "Look on",
    means: "What a viewer may: see services, charts, usage and events. No values of secrets.",
  },
  {
    value: "write",
    verbs: ["read", "write"],
    label: "Work",
    means: "What a member may: launch, change and open tools, read and write secrets.",
  },
  {
    value: "admin",
    verbs: ["read", "write", "admin"],
    label: "Administer",
    means: "Everything you may, members and quotas included. Choose it only where a script needs it.",
  },
];

export function verbsOf(choice: string): Verb[] {
  return (CHOICES.find(({ value }) => value === choice) ?? CHOICES[0]).verbs;
}

/** The name of the choice, or the verbs themselves where a program chose others. */
export function describeVerbs(verbs: readonly Verb[]): string {
  const same = CHOICES.find((one) => one.verbs.join() === [...verbs].join());
  return same?.label ?? verbs.join(", ");
}

export function describeTenants(tenants: Token["tenants"]): string {
  if (tenants === null) return "All your tenants";
  if (tenants.length === 0) return "None any more";
  return tenants.map(({ display_name }) => display_name).join(", ");
}

const SOON_DAYS = 7;
const DAY_MS = 86_400_000;

export function endsSoon(expiresAt: string, now: number): boolean {
  const left = Date.parse(expiresAt) - now;
  return left > 0 && left < SOON_DAYS * DAY_MS;
}

/** A first call, ready to be pasted. The token comes from the environment: a shell keeps what it ran. */
export function curlExample(origin: string): string {
  return `export DATALAB_TOKEN=…\ncurl -H "Authorization: Bearer $DATALAB_TOKEN" ${origin}/api/v1/me`;
}
