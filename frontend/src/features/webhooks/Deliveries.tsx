import { Badge, Button, Center, Group, Skeleton, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import type { Delivery, Webhook } from "@/api/types";
import { deliveriesQuery, sendAgain } from "@/api/webhooks";
import { notifyDone, notifyProblem } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

/** The last events to one webhook, and how they fared. */
export function Deliveries({ webhook }: { webhook: Pick<Webhook, "id" | "enabled"> }) {
  const queries = useQueryClient();
  const deliveries = useInfiniteQuery(deliveriesQuery(webhook.id));
  const again = useMutation({
    mutationFn: (row: Delivery) => sendAgain(webhook.id, row.id),
    onSuccess: () => notifyDone("It is sent again", "The list says how it fares."),
    onError: (error) => notifyProblem("It was not sent again", error),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.deliveries(webhook.id) }),
  });
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
        <Row key={row.id} row={row} onAgain={webhook.enabled ? () => again.mutate(row) : null} />
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

/** `onAgain` null: the webhook is disabled, so nothing is sent. */
function Row({ row, onAgain }: { row: Delivery; onAgain: (() => void) | null }) {
  const failed = row.delivered_at === null && row.attempts > 0;
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
      {failed && onAgain !== null && (
        <Button size="compact-sm" variant="default" onClick={onAgain} aria-label={`Send ${row.type} again now`}>
          Send again
        </Button>
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
