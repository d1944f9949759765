import { Badge, Button, Center, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";

import type { Delivery } from "@/api/types";
import { deliveriesQuery } from "@/api/webhooks";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

/** The last events to one webhook, and how they fared. */
export function Deliveries({ webhook }: { webhook: string }) {
  const deliveries = useInfiniteQuery(deliveriesQuery(webhook));
  const rows = deliveries.data?.pages.flatMap(({ results }) => results);
  if (deliveries.error) return <ProblemNotice title="They cannot be shown" error={deliveries.error} />;
  if (rows === undefined) return <Skeleton height={80} mt="xs" aria-label="Loading" />;
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed" mt="xs">
        Nothing was sent yet. Send a test.
      </Text>
    );
  }
  return (
    <Stack gap="xs" mt="xs" component="ul" p={0} style={{ listStyle: "none" }} aria-label="Deliveries">
      {rows.map((row) => (
        <Row key={row.id} row={row} />
      ))}
      {deliveries.hasNextPage && (
        <Center component="li">
          <Button
            size="xs"
            variant="default"
            loading={deliveries.isFetchingNextPage}
            onClick={() => void deliveries.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      )}
    </Stack>
  );
}

function Row({ row }: { row: Delivery }) {
  return (
    <Group component="li" gap="xs" style={{ borderTop: "1px solid var(--mantine-color-default-border)" }} pt="xs">
      <Fate row={row} />
      <Text size="sm" fw={600}>
        {row.type}
      </Text>
      <Text size="sm" c="dimmed">
        <RelativeTime at={row.created_at} />
        {row.attempts > 1 && `, ${row.attempts} attempts`}
      </Text>
      {row.problem !== "" && (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {row.problem}
        </Text>
      )}
    </Group>
  );
}

function Fate({ row }: { row: Delivery }) {
  if (row.delivered_at !== null) return <Badge color="teal" variant="light" tt="none">Arrived</Badge>;
  if (row.given_up_at !== null) return <Badge color="red" variant="light" tt="none">Given up</Badge>;
  return (
    <Badge color={row.attempts === 0 ? "gray" : "orange"} variant="light" tt="none">
      {row.attempts === 0 ? "Waiting" : "Tried again soon"}
    </Badge>
  );
}
