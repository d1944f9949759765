import { Button, Group, SegmentedControl, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { chartsQuery } from "@/api/catalog";
import { servicesQuery } from "@/api/services";
import { addresses } from "@/app/addresses";
import { useWhyClosed } from "@/app/closed";
import { useMe, useRights, useTenant } from "@/app/session";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { ReasonedButton } from "@/components/ReasonedButton";

import { ServiceCard } from "./ServiceCard";

export function ServicesPage() {
  const tenant = useTenant();
  const { username } = useMe();
  const { canChange } = useRights();
  const services = useQuery(servicesQuery(tenant.slug));
  const charts = useQuery(chartsQuery(tenant.slug));
  const [asked, setAsked] = useState<string | null>(null);
  const all = services.data ?? [];
  const mine = all.filter(({ owner }) => owner.username === username);
  const whose = asked ?? (mine.length > 0 ? "mine" : "all");
  const shown = whose === "mine" ? mine : all;
  const iconOf = (chart: string) => charts.data?.find(({ name }) => name === chart)?.icon;
  const closed = useWhyClosed();
  const launch = canChange && <LaunchButton to={addresses.catalog(tenant.slug)} why={closed} />;
  return (
    <>
      <PageHeading title="My services" actions={all.length > 0 && launch}>
        What runs in {tenant.display_name}, as it is right now.
      </PageHeading>
      {services.error && (
        <ProblemNotice
          title="The services cannot be shown"
          error={services.error}
          onRetry={() => void services.refetch()}
        />
      )}
      {services.isPending && (
        <Stack>
          <Skeleton height={110} />
          <Skeleton height={110} />
        </Stack>
      )}
      {services.data?.length === 0 && (
        <EmptyState icon="services" title="Nothing is running yet" action={launch}>
          {canChange
            ? "Pick a tool in the catalogue; it appears here as soon as you launch it."
            : "As a viewer you see what others in this tenant launch."}
        </EmptyState>
      )}
      {mine.length !== all.length && (
        <Group mb="md">
          <SegmentedControl
            aria-label="Whose services"
            value={whose}
            onChange={setAsked}
            data={[
              { value: "mine", label: `Mine (${mine.length})` },
              { value: "all", label: `Everybody's (${all.length})` },
            ]}
          />
        </Group>
      )}
      <Stack gap="md">
        {shown.map((service) => (
          <ServiceCard key={service.id} service={service} icon={iconOf(service.chart)} />
        ))}
      </Stack>
    </>
  );
}

function LaunchButton({ to, why }: { to: string; why: string | null }) {
  const icon = <Icon name="plus" size={16} />;
  if (why !== null) {
    return (
      <ReasonedButton why={why} leftSection={icon}>
        Launch a tool
      </ReasonedButton>
    );
  }
  return (
    <Button component={Link} to={to} leftSection={icon}>
      Launch a tool
    </Button>
  );
}
