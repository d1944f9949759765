import { Alert, Badge, Group, Paper, ScrollArea, Skeleton, Stack, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";

import { mappingPreviewQuery } from "@/api/people";
import type { MappingPreview, Right, RuleDraft } from "@/api/types";
import { Icon } from "@/components/Icon";
import { ProblemNotice } from "@/components/ProblemNotice";
import { roleLabel } from "@/features/members/roles";

/** Who would gain, lose and keep what, before anything is saved. */
export function MappingEffect({ rules }: { rules: RuleDraft[] }) {
  const preview = useQuery({ ...mappingPreviewQuery(rules, []), placeholderData: keepPreviousData });
  return (
    <Paper component="section" aria-label="What this changes" withBorder p="sm">
      <Title order={3} size="h5" mb="xs">
        What this changes
      </Title>
      <div aria-live="polite">
        {preview.isPending && <Skeleton height={60} />}
        {preview.error && <ProblemNotice title="This cannot be a rule yet" error={preview.error} />}
        {!preview.error && preview.data && <Effect preview={preview.data} />}
      </div>
    </Paper>
  );
}

function Effect({ preview }: { preview: MappingPreview }) {
  const { changes, changed, unchanged, unseen, unknown_tenants, without_admin, platform_admins } = preview;
  return (
    <Stack gap="xs">
      <Text size="sm">
        {changed === 0 ? "Nobody's rights change." : `${people(changed)} would gain or lose something`}
        {changed > 0 && unchanged > 0 && `, ${people(unchanged)} keep what they have`}
        {changed > 0 && "."}
        {unseen > 0 && ` ${people(unseen)} have not signed in lately: their groups are not known yet.`}
      </Text>
      {platform_admins === 0 && <Warning>No platform administrator would be left: this is not saved.</Warning>}
      {without_admin.length > 0 && <Warning>Without an admin: {without_admin.join(", ")}.</Warning>}
      {unknown_tenants.length > 0 && (
        <Warning>No such tenant, so this gives nothing: {unknown_tenants.join(", ")}.</Warning>
      )}
      {changes.length > 0 && (
        <ScrollArea.Autosize mah={220} type="auto">
          <Stack component="ul" gap={6} p={0} m={0} style={{ listStyle: "none" }}>
            {changes.map(({ username, display_name, gains, loses, keeps }) => (
              <Group component="li" key={username} gap={6}>
                <Text size="sm" fw={600} style={{ overflowWrap: "anywhere" }}>
                  {display_name || username}
                </Text>
                <Rights sign="gains" color="teal" rights={gains} />
                <Rights sign="loses" color="red" rights={loses} />
                <Rights sign="keeps" color="gray" rights={keeps} />
              </Group>
            ))}
          </Stack>
        </ScrollArea.Autosize>
      )}
      {changed > changes.length && <Text size="xs" c="dimmed">The first {changes.length} are shown.</Text>}
    </Stack>
  );
}

function Rights({ sign, color, rights }: { sign: string; color: string; rights: Right[] }) {
  return rights.map((right) => (
    <Badge key={right.tenant + right.role} variant="light" color={color} tt="none">
      {sign} {nameOf(right)}
    </Badge>
  ));
}

export const nameOf = ({ tenant, role }: Right): string =>
  tenant === "" ? roleLabel(role) : `${tenant}: ${roleLabel(role).toLowerCase()}`;

const people = (count: number) => (count === 1 ? "1 person" : `${count} people`);

function Warning({ children }: { children: React.ReactNode }) {
  return (
    <Alert color="orange" p="xs" icon={<Icon name="alert" size={16} />}>
      {children}
    </Alert>
  );
}
