import { Badge, Button, Group, List, Skeleton, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { revisionsQuery } from "@/api/services";
import type { Revision, Service } from "@/api/types";
import { useWhyClosed } from "@/app/closed";
import { useRights, useTenant } from "@/app/session";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

import { describeSize } from "./describe";
import { RollBackModal } from "./RollBackModal";
import { titleOfRevision, told } from "./upgrading";

const OUTCOMES: Record<Revision["outcome"], { title: string; color: string }> = {
  pending: { title: "Not ready yet", color: "gray" },
  ready: { title: "Ran", color: "teal" },
  failed: { title: "Failed", color: "red" },
};

const REPLACED = { title: "Never got ready", color: "gray" };

/** What a service was made of, the newest first, each a place to go back to. */
export function Revisions({ service }: { service: Service }) {
  const { slug } = useTenant();
  const revisions = useQuery(revisionsQuery({ tenant: slug, service: service.id }));
  if (revisions.error) {
    return (
      <ProblemNotice
        title="Its revisions cannot be shown"
        error={revisions.error}
        onRetry={() => void revisions.refetch()}
      />
    );
  }
  if (!revisions.data) return <Skeleton height={80} />;
  if (revisions.data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        They are kept from its next change on.
      </Text>
    );
  }
  return (
    <Stack gap={0} component="ol" p={0} m={0} style={{ listStyle: "none" }}>
      {revisions.data.map((revision) => (
        <Row key={revision.number} service={service} revision={revision} />
      ))}
    </Stack>
  );
}

function Row({ service, revision }: { service: Service; revision: Revision }) {
  const { canManage } = useRights();
  const closed = useWhyClosed();
  const [opened, { open, close }] = useDisclosure(false);
  const outcome = revision.outcome === "pending" && !revision.present ? REPLACED : OUTCOMES[revision.outcome];
  const { number, version } = revision;
  const offered = !revision.present && canManage(service) && closed === null && service.phase !== "removing";
  return (
    <Group
      component="li"
      justify="space-between"
      align="flex-start"
      gap="sm"
      py="sm"
      aria-label={`Revision ${number}`}
      style={{ borderBottom: "1px solid var(--datalab-line)" }}
    >
      <Stack gap={2} style={{ flex: "1 1 260px" }} miw={0}>
        <Group gap="xs">
          <Text size="sm" fw={600}>
            {number}. {titleOfRevision(revision)}
          </Text>
          <Badge color={outcome.color} variant="light" tt="none">
            {outcome.title}
          </Badge>
          {revision.present && (
            <Badge variant="default" tt="none">
              Now
            </Badge>
          )}
        </Group>
        <Text size="xs" c="dimmed">
          {revision.by} · <RelativeTime at={revision.at} /> · {describeSize(revision.resources)}
        </Text>
        {revision.reason !== "" && (
          <Text size="sm" c="red" style={{ overflowWrap: "anywhere" }}>
            {revision.reason}
          </Text>
        )}
        {revision.changes.length > 0 && (
          <List size="xs">
            {revision.changes.map(({ path, before, after }) => (
              <List.Item key={path} style={{ overflowWrap: "anywhere" }}>
                {path}: {told(before)} → {told(after)}
              </List.Item>
            ))}
          </List>
        )}
      </Stack>
      {offered && (
        <Button size="xs" variant="default" onClick={open} aria-label={`Roll back to this: revision ${number}`}>
          Roll back to this
        </Button>
      )}
      <RollBackModal service={service} to={{ revision: number, version }} opened={opened} onClose={close} />
    </Group>
  );
}
