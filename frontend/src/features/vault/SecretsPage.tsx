import { Badge, Button, Code, Group, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { secretsQuery } from "@/api/vault";
import { addresses } from "@/app/addresses";
import { useRights, useTenant } from "@/app/session";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

const PERSONAL = "personal/";

export default function SecretsPage() {
  const { slug, display_name } = useTenant();
  const { canChange } = useRights();
  const secrets = useQuery(secretsQuery(slug));
  const write = canChange && (
    <Button component={Link} to={addresses.newSecret(slug)} leftSection={<Icon name="plus" size={16} />}>
      New secret
    </Button>
  );
  return (
    <>
      <PageHeading title="Secrets" actions={(secrets.data?.length ?? 0) > 0 && write}>
        Passwords and keys of {display_name}. Choose them when you launch a tool, and they are there.
      </PageHeading>
      <Stack gap="lg">
        {secrets.error && (
          <ProblemNotice
            title="The secrets cannot be shown"
            error={secrets.error}
            onRetry={() => void secrets.refetch()}
          />
        )}
        {secrets.isPending && <Skeleton height={180} />}
        {secrets.data?.length === 0 && (
          <EmptyState icon="key" title="No secrets yet" action={write}>
            {canChange
              ? "Write the password of a database or the key of a service once, and use it in every tool."
              : "Members of this tenant can write secrets; viewers see their names."}
          </EmptyState>
        )}
        {secrets.data && secrets.data.length > 0 && (
          <Paper p={0} component="ul" style={{ listStyle: "none", overflow: "hidden" }} m={0}>
            {secrets.data.map((path) => (
              <SecretRow key={path} path={path} canOpen={canChange} />
            ))}
          </Paper>
        )}
        <HowToUse />
      </Stack>
    </>
  );
}

function SecretRow({ path, canOpen }: { path: string; canOpen: boolean }) {
  const { slug } = useTenant();
  const personal = path.startsWith(PERSONAL);
  const content = (
    <Group p="md" gap="sm" wrap="nowrap" style={{ borderBottom: "1px solid var(--mantine-color-default-border)" }}>
      <Icon name="key" />
      <Text fw={600} style={{ flexGrow: 1, overflowWrap: "anywhere" }}>
        {path}
      </Text>
      <Badge variant="light" color={personal ? "gray" : "iris"} tt="none">
        {personal ? "only you" : "shared"}
      </Badge>
    </Group>
  );
  return (
    <li>
      {canOpen ? (
        <Link to={addresses.secret(slug, path)} style={{ color: "inherit", textDecoration: "none" }}>
          {content}
        </Link>
      ) : (
        content
      )}
    </li>
  );
}

function HowToUse() {
  return (
    <Paper component="section" aria-label="How tools get them">
      <Title order={2} mb="xs">
        In a tool
      </Title>
      <Text size="sm">
        Each name of a chosen secret is an environment variable, and a file that follows changes
        within seconds:
      </Text>
      <Code block mt="sm">
        {'os.environ["DB_PASSWORD"]\nopen("/vault/secrets/DB_PASSWORD").read()'}
      </Code>
    </Paper>
  );
}
