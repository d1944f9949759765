import { Anchor, Badge, Group, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { asProblem } from "@/api/problem";
import { serviceQuery } from "@/api/services";
import type { ServiceDetail } from "@/api/types";
import { addresses } from "@/app/addresses";
import { NotFoundPage } from "@/app/NotFoundPage";
import { useTenant } from "@/app/session";
import { CopyText } from "@/components/CopyText";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

import { describeChosenSize } from "./describe";
import { LogView } from "./LogView";
import { PhaseBadge } from "./PhaseBadge";
import { PhaseReason } from "./PhaseReason";
import { RestartNotice } from "./RestartNotice";
import { Revisions } from "./Revisions";
import { RollBackNotice } from "./RollBackNotice";
import { ServiceActions } from "./ServiceActions";
import { SinceLaunch } from "./SinceLaunch";
import { Timeline } from "./Timeline";
import { UpgradeBadge } from "./UpgradeBadge";

export default function ServicePage() {
  const { slug } = useTenant();
  const { service: id = "" } = useParams();
  const service = useQuery(serviceQuery({ tenant: slug, service: id }));
  if (service.error && asProblem(service.error).code === "not_found") return <NotFoundPage />;
  return (
    <>
      <Anchor component={Link} to={addresses.services(slug)} size="sm" mb="xs" display="inline-block">
        <Group gap={6}>
          <Icon name="back" size={14} /> My services
        </Group>
      </Anchor>
      {service.isPending && <Skeleton height={320} />}
      {service.error && (
        <ProblemNotice
          title="The service cannot be shown"
          error={service.error}
          onRetry={() => void service.refetch()}
        />
      )}
      {service.data && <Details service={service.data} />}
    </>
  );
}

function Details({ service }: { service: ServiceDetail }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  return (
    <>
      <PageHeading
        title={service.name}
        actions={
          <ServiceActions
            service={service}
            withDetails={false}
            onRemoved={() => void navigate(addresses.services(slug))}
          />
        }
      >
        <Group gap="sm">
          <PhaseBadge phase={service.phase} />
          {service.chart} {service.version}
          <UpgradeBadge service={service} />
        </Group>
      </PageHeading>
      <Stack gap="lg">
        <Paper>
          <Stack gap="md">
            <PhaseReason service={service} />
            <RollBackNotice service={service} />
            {service.restart_to_apply && <RestartNotice service={service} />}
            <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
              <Fact title="Size">
                {describeChosenSize(service)}
              </Fact>
              <Fact title="Owner">{service.owner.display_name || service.owner.username}</Fact>
              <Fact title="Launched">
                <RelativeTime at={service.created} />
              </Fact>
              <Fact title="Used since its launch">
                <SinceLaunch service={service} />
              </Fact>
              <Fact title="Address">
                <Group gap={4} wrap="nowrap">
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {service.url}
                  </Text>
                  <CopyText value={service.url} label="Copy the address" />
                </Group>
              </Fact>
              {service.secrets.length > 0 && (
                <Fact title="Secrets">
                  <Group gap={6}>
                    {service.secrets.map((path) => (
                      <Badge key={path} variant="default" tt="none" fw={500}>
                        {path}
                      </Badge>
                    ))}
                  </Group>
                </Fact>
              )}
            </SimpleGrid>
          </Stack>
        </Paper>
        <Paper component="section" aria-label="What happened">
          <Title order={2} mb="md">
            What happened
          </Title>
          <Timeline events={service.timeline} />
        </Paper>
        <Paper component="section" aria-label="Revisions">
          <Title order={2} mb="md">
            Revisions
          </Title>
          <Revisions service={service} />
        </Paper>
        <Paper component="section" aria-label="Log">
          <Title order={2} mb="md">
            Log
          </Title>
          <LogView service={service} height="360px" />
        </Paper>
      </Stack>
    </>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed" fw={600}>
        {title}
      </Text>
      <Text size="sm" component="div">
        {children}
      </Text>
    </div>
  );
}
