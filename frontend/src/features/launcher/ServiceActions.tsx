import { ActionIcon, Button, Group, Menu, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useId } from "react";
import { Link } from "react-router";

import type { ServiceVerb } from "@/api/services";
import type { Phase, Service } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useWhyClosed } from "@/app/closed";
import { useRights, useTenant } from "@/app/session";
import { Icon, type IconName } from "@/components/Icon";
import { ReasonedButton } from "@/components/ReasonedButton";

import { ChangeSizeModal } from "./ChangeSizeModal";
import { LogsDrawer } from "./LogsDrawer";
import { RemoveServiceModal } from "./RemoveServiceModal";
import { RollBackModal } from "./RollBackModal";
import { UpgradeModal } from "./UpgradeModal";
import { useServiceActions } from "./useServiceActions";
import { VersionItems } from "./VersionItems";

interface ServiceActionsProps {
  service: Service;
  /** On the service's own page there is no way further in. */
  withDetails?: boolean;
  onRemoved?: () => void;
}

/** What somebody most likely wants; everything else is in the menu. */
const FIRST_VERB: Partial<Record<Phase, readonly [ServiceVerb, string, IconName]>> = {
  paused: ["resume", "Resume", "play"],
  pausing: ["resume", "Resume", "play"],
  failed: ["restart", "Start again", "restart"],
};

function OpenButton({ service }: { service: Service }) {
  if (service.phase !== "running") {
    return (
      <Tooltip label="It can be opened as soon as it runs">
        <Button data-disabled aria-disabled="true" onClick={(event) => event.preventDefault()} leftSection={<Icon name="open" size={16} />}>
          Open
        </Button>
      </Tooltip>
    );
  }
  return (
    <Button
      component="a"
      href={service.url}
      target="_blank"
      rel="noopener"
      leftSection={<Icon name="open" size={16} />}
      aria-label={`Open ${service.name} in a new tab`}
    >
      Open
    </Button>
  );
}

export function ServiceActions({ service, withDetails = true, onRemoved }: ServiceActionsProps) {
  const { slug } = useTenant();
  const { canManage } = useRights();
  const actions = useServiceActions(slug, service);
  const closed = useWhyClosed();
  const closedId = useId();
  const [logs, logsDrawer] = useDisclosure(false);
  const [removing, removal] = useDisclosure(false);
  const [resizing, sizing] = useDisclosure(false);
  const [upgradeOpened, upgrading] = useDisclosure(false);
  const [rollingBack, rolling] = useDisclosure(false);
  const { phase, name } = service;
  const resumable = phase === "paused" || phase === "pausing";
  const [verb, label, icon] = FIRST_VERB[phase] ?? (["pause", "Pause", "pause"] as const);
  const leaving = phase === "removing";
  const manage = canManage(service) && !leaving;
  return (
    <Group gap="xs" wrap="nowrap">
      <OpenButton service={service} />
      {manage && (
        <ReasonedButton
          // To pause is allowed in a tenant that is closed: it only ends something.
          why={verb === "pause" ? null : closed}
          variant="default"
          loading={actions.isPending}
          onClick={() => actions.mutate(verb)}
          leftSection={<Icon name={icon} size={16} />}
          aria-label={`${label} ${name}`}
        >
          {label}
        </ReasonedButton>
      )}
      <Menu position="bottom-end" width={closed === null ? 230 : 280}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label={`More for ${name}`}>
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {withDetails && (
            <Menu.Item
              component={Link}
              to={addresses.service(slug, service.id)}
              leftSection={<Icon name="services" size={16} />}
            >
              Details
            </Menu.Item>
          )}
          <Menu.Item leftSection={<Icon name="logs" size={16} />} onClick={logsDrawer.open}>
            Logs
          </Menu.Item>
          {manage && (
            <>
              {closed !== null && <Menu.Label id={closedId}>{closed}</Menu.Label>}
              <Menu.Item
                leftSection={<Icon name="restart" size={16} />}
                disabled={resumable || closed !== null}
                aria-describedby={closed === null ? undefined : closedId}
                onClick={() => actions.mutate("restart")}
              >
                Restart
              </Menu.Item>
              <Menu.Item
                leftSection={<Icon name="size" size={16} />}
                disabled={closed !== null}
                aria-describedby={closed === null ? undefined : closedId}
                onClick={sizing.open}
              >
                Change size…
              </Menu.Item>
              <VersionItems
                service={service}
                closedId={closed === null ? undefined : closedId}
                onUpgrade={upgrading.open}
                onRollBack={rolling.open}
              />
              <Menu.Divider />
              <Menu.Item color="red" leftSection={<Icon name="trash" size={16} />} onClick={removal.open}>
                Remove…
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      <LogsDrawer service={service} opened={logs} onClose={logsDrawer.close} />
      <ChangeSizeModal service={service} opened={resizing} onClose={sizing.close} />
      <UpgradeModal service={service} opened={upgradeOpened} onClose={upgrading.close} />
      <RollBackModal service={service} to={service.rollback_to} opened={rollingBack} onClose={rolling.close} />
      <RemoveServiceModal
        service={service}
        opened={removing}
        onClose={removal.close}
        onConfirm={() => {
          removal.close();
          actions.mutate("remove", { onSuccess: onRemoved });
        }}
      />
    </Group>
  );
}
