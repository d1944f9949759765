import { Drawer, Text } from "@mantine/core";

import type { Service } from "@/api/types";

import { LogView } from "./LogView";

interface LogsDrawerProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
}

export function LogsDrawer({ service, opened, onClose }: LogsDrawerProps) {
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="xl"
      title={<Text fw={650}>Logs of {service.name}</Text>}
    >
      <LogView service={service} />
    </Drawer>
  );
}
