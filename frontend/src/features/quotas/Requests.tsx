import { Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { quotaRequestsQuery } from "@/api/quotas";
import { ProblemNotice } from "@/components/ProblemNotice";

import { RequestRow } from "./RequestRow";

/** One's own requests; for an admin everybody's, the open ones to decide on. */
export function Requests({ tenant }: { tenant: string }) {
  const { data, error, isPending } = useQuery(quotaRequestsQuery(tenant));
  return (
    <Paper component="section" aria-label="Requests">
      <Stack gap="md">
        <Title order={2}>Requests</Title>
        {error && <ProblemNotice title="The requests cannot be shown" error={error} />}
        {isPending && <Skeleton height={60} />}
        {data?.length === 0 && (
          <Text size="sm" c="dimmed">
            Nobody has asked for more.
          </Text>
        )}
        {data?.map((one) => (
          <RequestRow key={one.id} request={one} />
        ))}
      </Stack>
    </Paper>
  );
}
