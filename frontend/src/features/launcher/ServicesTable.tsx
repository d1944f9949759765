import { Anchor, Checkbox, Group, Paper, Stack, Text } from "@mantine/core";
import { Link } from "react-router";

import type { ListedService } from "@/api/allServices";
import { addresses } from "@/app/addresses";
import { RelativeTime } from "@/components/RelativeTime";

import { describeSize } from "./describe";
import { PhaseBadge } from "./PhaseBadge";
import { PHASES } from "./phases";

interface ServicesTableProps {
  services: ListedService[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  withTenant: boolean;
}

/** One row each; on a narrow screen a row is several lines, so that nothing scrolls sideways. */
export function ServicesTable({ services, selected, onSelect, withTenant }: ServicesTableProps) {
  const all = services.every(({ id }) => selected.has(id));
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    onSelect(next);
  };
  return (
    <Paper p={0} component="section" aria-label="Services" style={{ overflow: "hidden" }}>
      <Group px="md" py="sm" style={{ borderBottom: "1px solid var(--datalab-line)" }}>
        <Checkbox
          size="sm"
          label={`Select all ${services.length} shown`}
          checked={all}
          indeterminate={!all && services.some(({ id }) => selected.has(id))}
          onChange={() => onSelect(new Set(all ? [] : services.map(({ id }) => id)))}
        />
      </Group>
      <Stack gap={0} component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {services.map((service) => (
          <ServiceRow
            key={service.id}
            service={service}
            selected={selected.has(service.id)}
            onToggle={() => toggle(service.id)}
            withTenant={withTenant}
          />
        ))}
      </Stack>
    </Paper>
  );
}

interface ServiceRowProps {
  service: ListedService;
  selected: boolean;
  onToggle: () => void;
  withTenant: boolean;
}

function ServiceRow({ service, selected, onToggle, withTenant }: ServiceRowProps) {
  const { tenant, owner, name } = service;
  const why = service.reason?.message ?? PHASES[service.phase].sentence;
  return (
    <Group
      component="li"
      px="md"
      py="sm"
      gap="md"
      wrap="nowrap"
      align="flex-start"
      aria-label={`Service ${name}`}
      style={{ borderBottom: "1px solid var(--datalab-line)" }}
    >
      <Checkbox size="sm" mt={4} checked={selected} onChange={onToggle} aria-label={`Select ${name} of ${tenant.slug}`} />
      <Group gap="md" align="flex-start" style={{ flex: 1 }} miw={0}>
        <Stack gap={2} miw={0} style={{ flex: "2 1 200px" }}>
          <Anchor
            component={Link}
            to={addresses.service(tenant.slug, service.id)}
            fw={600}
            size="sm"
            style={{ overflowWrap: "anywhere" }}
          >
            {name}
          </Anchor>
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {service.chart} {service.version}
            {withTenant && (
              <>
                {" in "}
                <Anchor component={Link} to={addresses.allServices(tenant.slug)} size="xs">
                  {tenant.display_name}
                </Anchor>
              </>
            )}
          </Text>
        </Stack>
        <Stack gap={2} style={{ flex: "1 1 130px" }} miw={0}>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {owner.display_name || owner.username}
          </Text>
          <Text size="xs" c="dimmed">
            <RelativeTime at={service.created} />
          </Text>
        </Stack>
        <Text size="xs" className="numbers" style={{ flex: "1 1 150px" }}>
          {describeSize(service.resources)}
        </Text>
        <Stack gap={4} align="flex-start" style={{ flex: "2 1 200px" }} miw={0}>
          <PhaseBadge phase={service.phase} />
          <Text size="xs" c={service.phase === "failed" ? "red" : "dimmed"} style={{ overflowWrap: "anywhere" }}>
            {why}
          </Text>
        </Stack>
      </Group>
    </Group>
  );
}
