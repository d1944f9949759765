import { Anchor, Badge, Group, Paper, Stack, Text } from "@mantine/core";
import { Link } from "react-router";

import type { Service } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useTenant } from "@/app/session";
import { ChartIcon } from "@/components/ChartIcon";
import { Icon } from "@/components/Icon";
import { RelativeTime } from "@/components/RelativeTime";

import { describeSize } from "./describe";
import { PhaseBadge } from "./PhaseBadge";
import { PhaseReason } from "./PhaseReason";
import { RestartNotice } from "./RestartNotice";
import { RollBackNotice } from "./RollBackNotice";
import { ServiceActions } from "./ServiceActions";
import { UpgradeBadge } from "./UpgradeBadge";

export function ServiceCard({ service, icon }: { service: Service; icon: string | undefined }) {
  const { slug } = useTenant();
  return (
    <Paper component="article" aria-label={`Service ${service.name}`} p="md" data-service={service.name}>
      <Stack gap="sm">
        <Group justify="space-between" gap="md">
          <Group gap="md" wrap="nowrap" style={{ flex: "1 1 240px", minWidth: 0 }}>
            <ChartIcon icon={icon ?? null} name={service.chart} />
            <div style={{ minWidth: 0 }}>
              <Group gap="sm">
                <Anchor
                  component={Link}
                  to={addresses.service(slug, service.id)}
                  fw={650}
                  c="var(--mantine-color-text)"
                  style={{ overflowWrap: "anywhere" }}
                >
                  {service.name}
                </Anchor>
                <PhaseBadge phase={service.phase} />
                <UpgradeBadge service={service} />
              </Group>
              <Text size="xs" c="dimmed" mt={2}>
                {service.chart} {service.version} · {describeSize(service.resources)} ·{" "}
                {service.owner.display_name || service.owner.username} · <RelativeTime at={service.created} />
              </Text>
            </div>
          </Group>
          <ServiceActions service={service} />
        </Group>
        <PhaseReason service={service} />
        <RollBackNotice service={service} />
        {service.restart_to_apply && <RestartNotice service={service} />}
        {service.secrets.length > 0 && (
          <Group gap={6}>
            <Icon name="key" size={14} />
            {service.secrets.map((path) => (
              <Badge key={path} variant="default" size="sm" tt="none" fw={500}>
                {path}
              </Badge>
            ))}
          </Group>
        )}
      </Stack>
    </Paper>
  );
}
