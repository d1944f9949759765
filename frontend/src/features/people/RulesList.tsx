import { Badge, Button, Code, Group, Paper, Stack, Text } from "@mantine/core";

import type { GroupRule } from "@/api/types";
import { RelativeTime } from "@/components/RelativeTime";
import { roleLabel } from "@/features/members/roles";

import type { Editing } from "./GroupMappingPage";

interface RulesListProps {
  rules: GroupRule[];
  onOpen: (editing: Editing) => void;
}

export function RulesList({ rules, onOpen }: RulesListProps) {
  return (
    <Paper p={0} m={0} component="ul" aria-label="Rules" style={{ listStyle: "none", overflow: "hidden" }}>
      {rules.map((rule) => (
        <Rule key={rule.id ?? rule.pattern} rule={rule} onOpen={onOpen} />
      ))}
    </Paper>
  );
}

function Rule({ rule, onOpen }: { rule: GroupRule; onOpen: (editing: Editing) => void }) {
  const { pattern, from_installation, description, changed_by, changed_at } = rule;
  return (
    <Group
      component="li"
      p="md"
      gap="sm"
      justify="space-between"
      style={{ borderBottom: "1px solid var(--mantine-color-default-border)" }}
    >
      <Stack gap={4} style={{ flex: "1 1 260px", minWidth: 0 }}>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          <Code style={{ whiteSpace: "pre-wrap" }}>{pattern}</Code> gives <b>{whatItGives(rule)}</b>
        </Text>
        <Text size="xs" c="dimmed">
          {from_installation
            ? "A regular expression of the installation's settings; it can only be changed there."
            : [description, `by ${changed_by}`].filter(Boolean).join(" · ")}{" "}
          {changed_at && <RelativeTime at={changed_at} />}
        </Text>
      </Stack>
      {from_installation ? (
        <Badge variant="light" color="gray" tt="none">
          from the installation
        </Badge>
      ) : (
        <Group gap="xs">
          <Button
            size="xs"
            variant="default"
            onClick={() => onOpen({ rule, deleting: false })}
            aria-label={`Change ${pattern}`}
          >
            Change…
          </Button>
          <Button
            size="xs"
            variant="subtle"
            color="red"
            onClick={() => onOpen({ rule, deleting: true })}
            aria-label={`Delete ${pattern}`}
          >
            Delete…
          </Button>
        </Group>
      )}
    </Group>
  );
}

function whatItGives({ tenant, role }: GroupRule): string {
  const label = role === "{role}" ? "the named role" : roleLabel(role);
  if (role === "platform-admin") return label;
  return `${label} in ${tenant === "{tenant}" ? "the named tenant" : tenant}`;
}
