import { Button, Code, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { groupRulesQuery } from "@/api/people";
import type { GroupRule } from "@/api/types";
import { PlatformOnly } from "@/app/PlatformOnly";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { RuleModal } from "./RuleModal";
import { RulesList } from "./RulesList";
import { TryGroups } from "./TryGroups";

export default function GroupMappingPage() {
  return (
    <PlatformOnly>
      <GroupMapping />
    </PlatformOnly>
  );
}

/** `rule` null: a new one. */
export interface Editing {
  rule: GroupRule | null;
  deleting: boolean;
}

function GroupMapping() {
  const rules = useQuery(groupRulesQuery);
  const [editing, setEditing] = useState<Editing | null>(null);
  return (
    <>
      <PageHeading
        title="Group mapping"
        actions={
          <Button
            leftSection={<Icon name="plus" size={16} />}
            onClick={() => setEditing({ rule: null, deleting: false })}
          >
            New rule
          </Button>
        }
      >
        What groups of the identity provider give. A group without a rule gives nothing. All rules add up,
        and of several roles in a tenant the highest counts.
      </PageHeading>
      <Stack gap="lg">
        {rules.error && (
          <ProblemNotice
            title="The rules cannot be shown"
            error={rules.error}
            onRetry={() => void rules.refetch()}
          />
        )}
        {rules.isPending && <Skeleton height={200} />}
        {rules.data && <RulesList rules={rules.data} onOpen={setEditing} />}
        <Text size="sm" c="dimmed">
          In a pattern <Code>*</Code> is any text, <Code>{"{tenant}"}</Code> and <Code>{"{role}"}</Code> stand
          for what the group&apos;s name says there: <Code>{"datalab-{tenant}-{role}"}</Code> is one rule for all
          tenants.
        </Text>
        {rules.data && <TryGroups rules={rules.data} />}
      </Stack>
      <RuleModal rules={rules.data ?? []} editing={editing} onClose={() => setEditing(null)} />
    </>
  );
}
