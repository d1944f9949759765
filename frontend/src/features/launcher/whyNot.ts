import type { Problem, Shortage } from "@/api/problem";
import type { Preview } from "@/api/types";
import { formatResource, titleOf } from "@/components/quantity";

interface Situation {
  mayLaunch: boolean;
  preview: Preview | undefined;
  problem: Problem | null;
}

/** "Memory: asks for 20 GiB, 4 GiB of 16 GiB free." */
export function explainShortage({ resource, whose, limit, asked, available }: Shortage): string {
  const free = `${formatResource(resource, available)} of ${formatResource(resource, limit)}`;
  const where = whose === "member" ? "of your own limit " : "";
  return `${titleOf(resource)}: asks for ${formatResource(resource, asked)}, ${free} ${where}free.`;
}

/** Why the button does nothing; null where it launches. */
export function whyNot({ mayLaunch, preview, problem }: Situation): string | null {
  if (!mayLaunch) return "As a viewer of this tenant you cannot launch. Ask one of its administrators.";
  if (problem) {
    if (problem.code !== "invalid_input") return problem.message;
    return `Something is not right yet. ${problem.message}`;
  }
  if (!preview) return "Working out what this takes…";
  if (preview.findings.length > 0) return "The rules of this platform do not allow this launch.";
  if (!preview.fits) {
    const missing = preview.shortages.map(explainShortage).join(" ");
    return `It does not fit. ${missing} Make it smaller, pause something, or ask an administrator for more.`;
  }
  return null;
}
