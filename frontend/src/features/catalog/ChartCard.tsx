import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import type { ChartSummary } from "@/api/types";
import { addresses } from "@/app/addresses";
import { ChartIcon } from "@/components/ChartIcon";
import { Icon } from "@/components/Icon";
import { ReasonedButton } from "@/components/ReasonedButton";

const MOST_KEYWORDS = 4;

interface ChartCardProps {
  chart: ChartSummary;
  tenant: string;
  /** Why nothing is launched in the tenant now; null where it can be. */
  closed: string | null;
}

export function ChartCard({ chart, tenant, closed }: ChartCardProps) {
  return (
    <Paper component="li" className="card-hover" style={{ listStyle: "none" }}>
      <Stack h="100%" gap="sm">
        <Group wrap="nowrap" gap="md">
          <ChartIcon icon={chart.icon} name={chart.title} size={48} />
          <div style={{ minWidth: 0 }}>
            <Title order={2} lineClamp={1}>
              {chart.title}
            </Title>
            <Text size="xs" c="dimmed">
              {chart.catalog} · {chart.version}
            </Text>
          </div>
        </Group>
        <Text size="sm" lineClamp={4} style={{ flexGrow: 1 }}>
          {chart.description}
        </Text>
        <Group gap={6}>
          {chart.keywords.slice(0, MOST_KEYWORDS).map((keyword) => (
            <Badge key={keyword} variant="default" size="sm" fw={500} tt="none">
              {keyword}
            </Badge>
          ))}
        </Group>
        <LaunchButton chart={chart} tenant={tenant} why={closed} />
      </Stack>
    </Paper>
  );
}

interface LaunchButtonProps {
  chart: ChartSummary;
  tenant: string;
  why: string | null;
}

function LaunchButton({ chart, tenant, why }: LaunchButtonProps) {
  const looks = {
    fullWidth: true,
    mt: 4,
    leftSection: <Icon name="rocket" size={16} />,
    "aria-label": `Launch ${chart.title}`,
  };
  if (why !== null) {
    return (
      <ReasonedButton {...looks} why={why}>
        Launch
      </ReasonedButton>
    );
  }
  return (
    <Button {...looks} component={Link} to={addresses.launch(tenant, chart.catalog, chart.name)}>
      Launch
    </Button>
  );
}
