import { ActionIcon, Indicator, Popover, ScrollArea, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";

import { keys } from "@/api/keys";
import { markAllRead, notificationsQuery } from "@/api/notifications";
import type { Notification } from "@/api/types";
import { Icon } from "@/components/Icon";
import { RelativeTime } from "@/components/RelativeTime";

/** What the platform has to say to oneself. Opening it is reading it. */
export function NotificationsBell() {
  const queries = useQueryClient();
  const { data } = useQuery(notificationsQuery);
  const [opened, { toggle, close }] = useDisclosure(false);
  const read = useMutation({
    mutationFn: markAllRead,
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.notifications }),
  });
  const unread = data?.unread ?? 0;
  const label = unread > 0 ? `Notifications: ${unread} unread` : "Notifications";
  const open = () => {
    if (!opened && unread > 0) read.mutate();
    toggle();
  };
  return (
    <Popover opened={opened} onChange={close} width={320} position="bottom-end" trapFocus returnFocus>
      <Indicator disabled={unread === 0} label={unread} size={16} color="red.8" offset={6}>
        <Popover.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={open}>
            <Icon name="bell" />
          </ActionIcon>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown aria-label="Notifications">
        <Title order={2} size="h3" mb="xs">
          Notifications
        </Title>
        {(data?.results.length ?? 0) === 0 && (
          <Text size="sm" c="dimmed">
            Nothing yet. What others decide about your requests appears here.
          </Text>
        )}
        <ScrollArea.Autosize mah={380}>
          <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
            {data?.results.map((one) => (
              <li key={one.id}>
                <Message message={one} onFollow={close} />
              </li>
            ))}
          </Stack>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}

function Message({ message, onFollow }: { message: Notification; onFollow: () => void }) {
  const words = (
    <>
      <Text size="sm" fw={message.read_at === null ? 650 : 500}>
        {message.title}
      </Text>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {message.text}
      </Text>
      <Text size="xs" c="dimmed">
        <RelativeTime at={message.created_at} />
      </Text>
    </>
  );
  if (!message.link) return <div>{words}</div>;
  return (
    <UnstyledButton component={Link} to={message.link} onClick={onFollow} w="100%">
      {words}
    </UnstyledButton>
  );
}
