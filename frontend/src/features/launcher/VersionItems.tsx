import { Menu } from "@mantine/core";

import type { Service } from "@/api/types";
import { Icon } from "@/components/Icon";

import { rollBackLabel, upgradeLabel } from "./upgrading";

interface VersionItemsProps {
  service: Service;
  /** Of the text that says why nothing can be changed now. */
  closedId: string | undefined;
  onUpgrade: () => void;
  onRollBack: () => void;
}

/** Forward and back, where there is something to go to. */
export function VersionItems({ service, closedId, onUpgrade, onRollBack }: VersionItemsProps) {
  const upgrade = upgradeLabel(service);
  const back = service.rollback_to;
  const shared = { disabled: closedId !== undefined, "aria-describedby": closedId };
  return (
    <>
      {upgrade !== null && (
        <Menu.Item leftSection={<Icon name="up" size={16} />} onClick={onUpgrade} {...shared}>
          {upgrade}…
        </Menu.Item>
      )}
      {back !== null && (
        <Menu.Item leftSection={<Icon name="undo" size={16} />} onClick={onRollBack} {...shared}>
          {rollBackLabel(service, back)}…
        </Menu.Item>
      )}
    </>
  );
}
