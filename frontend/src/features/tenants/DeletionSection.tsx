import { Button, Group, Paper, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import type { Tenant } from "@/api/types";
import { addresses } from "@/app/addresses";
import { Icon } from "@/components/Icon";

/** In the settings, for platform administrators: the way into the guided deletion. */
export function DeletionSection({ tenant }: { tenant: Tenant }) {
  const going = tenant.state === "deleting";
  return (
    <Paper component="section" aria-label="Deletion">
      <Group justify="space-between" gap="md">
        <div style={{ flex: "1 1 300px" }}>
          <Title order={2} mb={4}>
            {going ? "It is being deleted" : "Delete"}
          </Title>
          <Text size="sm" c="dimmed">
            {going
              ? "Look how far it is, or change your mind while that is possible."
              : "With all its services, files, secrets and members. First you see what goes."}
          </Text>
        </div>
        <Button
          component={Link}
          to={addresses.deleteTenant(tenant.slug)}
          variant="default"
          c={going ? undefined : "red"}
          leftSection={<Icon name={going ? "eye" : "trash"} size={16} />}
        >
          {going ? "How far it is" : "Delete…"}
        </Button>
      </Group>
    </Paper>
  );
}
