import { Alert, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { Service } from "@/api/types";
import { useWhyClosed } from "@/app/closed";
import { useRights } from "@/app/session";
import { Icon } from "@/components/Icon";
import { ReasonedButton } from "@/components/ReasonedButton";

import { RollBackModal } from "./RollBackModal";
import { rollBackLabel } from "./upgrading";

/** The way out of a change that failed: back to what ran. Nothing where there is none. */
export function RollBackNotice({ service }: { service: Service }) {
  const { canManage } = useRights();
  const closed = useWhyClosed();
  const [opened, { open, close }] = useDisclosure(false);
  const to = service.rollback_to;
  if (to === null || !to.advised || service.phase !== "failed") return null;
  return (
    <Alert color="red" py="xs" icon={<Icon name="undo" size={16} />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ flex: "1 1 240px" }}>
          The last change did not go well. Before it, this ran with {to.version}; going back keeps its storage.
        </Text>
        {canManage(service) && (
          <ReasonedButton why={closed} size="xs" onClick={open} aria-label={`${rollBackLabel(service, to)}: ${service.name}`}>
            {rollBackLabel(service, to)}
          </ReasonedButton>
        )}
      </Group>
      <RollBackModal service={service} to={to} opened={opened} onClose={close} />
    </Alert>
  );
}
