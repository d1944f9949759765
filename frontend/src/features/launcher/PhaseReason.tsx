import { Box, Collapse, Group, Progress, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useId } from "react";

import type { Service } from "@/api/types";

import { PHASES } from "./phases";

type Explained = Pick<Service, "name" | "phase" | "reason" | "progress">;

/** What is said of one that runs is a warning: else there would be nothing to say. */
function colorOf({ phase, reason }: Explained): string {
  if (phase === "failed") return "red";
  return phase === "running" && reason !== null ? "var(--datalab-warning)" : "dimmed";
}

/** Why it is as it is, in plain words; how far it is; the raw text one click away. */
export function PhaseReason({ service }: { service: Explained }) {
  const [opened, { toggle }] = useDisclosure(false);
  const rawId = useId();
  const { sentence, moving, color } = PHASES[service.phase];
  const raw = service.reason?.raw ?? "";
  const percent = service.progress === null ? null : Math.round(service.progress * 100);
  return (
    <Box>
      <Group gap="xs" align="baseline">
        <Text size="sm" c={colorOf(service)} style={{ overflowWrap: "anywhere" }}>
          {service.reason?.message ?? sentence}
        </Text>
        {raw !== "" && (
          <UnstyledButton
            onClick={toggle}
            aria-expanded={opened}
            aria-controls={rawId}
            fz="xs"
            c="var(--mantine-color-anchor)"
          >
            {opened ? "Hide technical text" : "Show technical text"}
          </UnstyledButton>
        )}
      </Group>
      {moving && (
        <Group gap="sm" mt={6} wrap="nowrap">
          <Progress
            value={percent ?? 100}
            animated
            color={color}
            size="md"
            style={{ flexGrow: 1 }}
            aria-label={`Progress of ${service.name}`}
          />
          {percent !== null && (
            <Text size="xs" c="dimmed" className="numbers">
              {percent} %
            </Text>
          )}
        </Group>
      )}
      <Collapse expanded={opened} id={rawId}>
        <pre className="raw" style={{ marginTop: 8 }}>
          {raw}
        </pre>
      </Collapse>
    </Box>
  );
}
