import { Collapse, Group, Paper, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useId } from "react";

import type { LaunchRequest } from "@/api/types";
import { useTenant } from "@/app/session";
import { CopyText } from "@/components/CopyText";
import { Icon } from "@/components/Icon";

import { curlOf } from "./draft";

/** The same launch for a program. */
export function CurlCommand({ request, idempotencyKey }: { request: LaunchRequest; idempotencyKey: string }) {
  const { slug } = useTenant();
  const [opened, { toggle }] = useDisclosure(false);
  const id = useId();
  const command = curlOf(location.origin, slug, request, idempotencyKey);
  return (
    <Paper component="section" aria-label="The same from a program" py="sm">
      <Group justify="space-between" wrap="nowrap">
        <UnstyledButton onClick={toggle} aria-expanded={opened} aria-controls={id} py={4}>
          <Group gap="xs" wrap="nowrap">
            <span style={{ transform: opened ? "none" : "rotate(-90deg)", display: "flex" }}>
              <Icon name="chevron" size={16} />
            </span>
            <Text fw={600}>The same from a program</Text>
          </Group>
        </UnstyledButton>
        <CopyText value={command} label="Copy the command" />
      </Group>
      <Collapse expanded={opened} id={id}>
        <pre className="raw" style={{ marginTop: 8 }}>
          {command}
        </pre>
      </Collapse>
    </Paper>
  );
}
