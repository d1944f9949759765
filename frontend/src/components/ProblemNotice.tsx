import { Alert, Button, Group, Text } from "@mantine/core";

import { asProblem } from "@/api/problem";

import { Icon } from "./Icon";

interface ProblemNoticeProps {
  error: unknown;
  title: string;
  onRetry?: () => void;
}

export function ProblemNotice({ error, title, onRetry }: ProblemNoticeProps) {
  return (
    <Alert color="red" title={title} icon={<Icon name="alert" />} role="alert">
      <Group justify="space-between" gap="md">
        <Text size="sm" style={{ flex: "1 1 240px" }}>
          {asProblem(error).message}
        </Text>
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry} leftSection={<Icon name="restart" size={14} />}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
