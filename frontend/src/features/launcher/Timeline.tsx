import { Text, Timeline as Line } from "@mantine/core";

import type { TimelineEvent } from "@/api/types";

import { PHASES } from "./phases";

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "medium" });

/** What happened to a service, the newest first. */
export function Timeline({ events }: { events: TimelineEvent[] }) {
  const newest = [...events].reverse();
  return (
    <Line bulletSize={14} lineWidth={2} active={newest.length}>
      {newest.map((event) => (
        <Line.Item
          key={event.at + event.phase + event.reason_code}
          color={lookOf(event.phase).color}
          title={
            <Text size="sm" fw={600}>
              {lookOf(event.phase).title}
            </Text>
          }
        >
          {event.message !== "" && <Text size="sm">{event.message}</Text>}
          <Text size="xs" c="dimmed">
            {clock.format(new Date(event.at))}
          </Text>
          {event.raw !== "" && (
            <details>
              <Text size="xs" component="summary">
                Technical text
              </Text>
              <pre className="raw">{event.raw}</pre>
            </details>
          )}
        </Line.Item>
      ))}
    </Line>
  );
}

function lookOf(phase: string) {
  return phase in PHASES ? PHASES[phase as keyof typeof PHASES] : { title: phase, color: "gray" };
}
