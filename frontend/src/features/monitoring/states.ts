import type { HealthPart, PartState } from "@/api/types";
import type { IconName } from "@/components/Icon";

export const LOOKS: Record<PartState, { title: string; color: string; icon: IconName }> = {
  working: { title: "Working", color: "teal", icon: "check" },
  slow: { title: "Slow", color: "orange", icon: "alert" },
  failing: { title: "Failing", color: "red", icon: "close" },
};

/** All in all, in a sentence that names what does not work. */
export function headline(parts: Pick<HealthPart, "title" | "state">[]): string {
  const titles = (state: PartState) =>
    parts.filter((part) => part.state === state).map(({ title }) => title.toLowerCase());
  const [failing, slow] = [titles("failing"), titles("slow")];
  if (failing.length > 0) return `Not working: ${failing.join(", ")}.`;
  if (slow.length > 0) return `Everything works, but slowly: ${slow.join(", ")}.`;
  return "Every part works.";
}
