import { Alert, Code, Group, Stack, Text } from "@mantine/core";

import type { NewToken } from "@/api/types";
import { CopyText } from "@/components/CopyText";

import { curlExample } from "./verbs";

/** The one time that a token can be read. */
export function ShownToken({ token }: { token: NewToken }) {
  const example = curlExample(location.origin);
  return (
    <Stack gap="md">
      <Alert color="teal" title="Copy it now: it is shown this once" role="status">
        <Group gap="xs" wrap="nowrap" justify="space-between">
          <Code style={{ overflowWrap: "anywhere" }}>{token.token}</Code>
          <CopyText value={token.token} label="Copy the token" />
        </Group>
      </Alert>
      <div>
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600}>
            A first call
          </Text>
          <CopyText value={example} label="Copy the command" />
        </Group>
        <pre className="raw">{example}</pre>
      </div>
    </Stack>
  );
}
