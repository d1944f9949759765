import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";

import type { Tenant } from "@/api/types";
import { Icon } from "@/components/Icon";
import { RelativeTime } from "@/components/RelativeTime";

import { SuspendModal } from "./SuspendModal";
import { useSuspension } from "./useSuspension";

/** In the settings, for platform administrators. */
export function SuspensionSection({ tenant }: { tenant: Tenant }) {
  const [opened, dialog] = useDisclosure(false);
  const { reactivate } = useSuspension(tenant);
  const { suspension, state } = tenant;
  if (state === "deleting") return null;
  return (
    <Paper component="section" aria-label="Suspension">
      <Group justify="space-between" gap="md">
        <div style={{ flex: "1 1 300px" }}>
          <Title order={2} mb={4}>
            {suspension === null ? "Suspend" : "Suspended"}
          </Title>
          <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
            {suspension === null ? (
              "Pause everything in it and keep everybody from launching more. Nothing is lost."
            ) : (
              <>
                By {suspension.by} <RelativeTime at={suspension.at} />: {suspension.reason}
              </>
            )}
          </Text>
        </div>
        {suspension === null ? (
          <Button variant="default" leftSection={<Icon name="pause" size={16} />} onClick={dialog.open}>
            Suspend…
          </Button>
        ) : (
          <Button
            leftSection={<Icon name="play" size={16} />}
            loading={reactivate.isPending}
            onClick={() => reactivate.mutate()}
          >
            Reactivate
          </Button>
        )}
      </Group>
      <SuspendModal tenant={tenant} opened={opened} onClose={dialog.close} />
    </Paper>
  );
}
