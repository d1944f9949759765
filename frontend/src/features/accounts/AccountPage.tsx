import { Badge, Group, Paper, Stack, Text, Title } from "@mantine/core";

import { useMe } from "@/app/session";
import { PageHeading } from "@/components/PageHeading";

import { ActAs } from "./ActAs";
import { ActedAs } from "./ActedAs";
import { PlatformNotes } from "./PlatformNotes";
import { Tokens } from "./Tokens";

export default function AccountPage() {
  const me = useMe();
  return (
    <>
      <PageHeading title="Account">{me.email || me.username}</PageHeading>
      <Stack gap="lg">
        <Paper component="section" aria-label="Where you are a member">
          <Title order={2} mb="sm">
            Where you are a member
          </Title>
          <Stack gap="xs">
            {me.tenants.map((tenant) => (
              <Group key={tenant.slug} gap="sm">
                <Text fw={600}>{tenant.display_name}</Text>
                <Badge variant="light" tt="none">
                  {tenant.role}
                </Badge>
              </Group>
            ))}
            {me.is_platform_admin && <Text size="sm">You administer the whole platform.</Text>}
          </Stack>
        </Paper>
        <ActedAs />
        {me.is_platform_admin && <PlatformNotes />}
        <Tokens />
        {me.is_platform_admin && <ActAs />}
      </Stack>
    </>
  );
}
