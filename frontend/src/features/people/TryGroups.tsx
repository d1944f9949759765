import { Badge, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { mappingPreviewQuery } from "@/api/people";
import type { GroupRule } from "@/api/types";
import { ProblemNotice } from "@/components/ProblemNotice";

import { groupsIn, withDraft } from "./drafts";
import { nameOf } from "./MappingEffect";

/** What a list of groups gives by the rules in force. */
export function TryGroups({ rules }: { rules: GroupRule[] }) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text, 300);
  const groups = groupsIn(asked);
  const own = withDraft(rules, null, null);
  const preview = useQuery({
    ...mappingPreviewQuery(own, groups),
    enabled: groups.length > 0,
    placeholderData: keepPreviousData,
  });
  return (
    <Paper component="section" aria-label="Try a list of groups">
      <Stack gap="sm">
        <Title order={2}>Try a list of groups</Title>
        <Textarea
          label="Groups"
          description="One a line, or with commas, as the identity provider names them"
          autosize
          minRows={2}
          maxLength={5000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {preview.error && <ProblemNotice title="They cannot be tried" error={preview.error} />}
        <div aria-live="polite">
          {groups.length > 0 && preview.data?.given.length === 0 && (
            <Text size="sm">These groups give nothing: whoever has only them does not come in.</Text>
          )}
          {groups.length > 0 && preview.data && preview.data.given.length > 0 && (
            <Group gap="xs">
              <Text size="sm">They give</Text>
              {preview.data.given.map((right) => (
                <Badge key={right.tenant + right.role} variant="light" tt="none">
                  {nameOf(right)}
                </Badge>
              ))}
            </Group>
          )}
        </div>
      </Stack>
    </Paper>
  );
}
