import { Alert, Group, Text } from "@mantine/core";

import type { Service } from "@/api/types";
import { useWhyClosed } from "@/app/closed";
import { useRights, useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";
import { ReasonedButton } from "@/components/ReasonedButton";

import { useServiceActions } from "./useServiceActions";

export function RestartNotice({ service }: { service: Service }) {
  const { slug } = useTenant();
  const { canManage } = useRights();
  const closed = useWhyClosed();
  const actions = useServiceActions(slug, service);
  return (
    <Alert color="yellow" py="xs" icon={<Icon name="restart" size={16} />}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ flex: "1 1 240px" }}>
          A secret has changed. Its file is already new; restart to apply it to the environment too.
        </Text>
        {canManage(service) && (
          <ReasonedButton
            why={closed}
            size="xs"
            variant="default"
            loading={actions.isPending}
            onClick={() => actions.mutate("restart")}
            aria-label={`Restart ${service.name} to apply`}
          >
            Restart
          </ReasonedButton>
        )}
      </Group>
    </Alert>
  );
}
