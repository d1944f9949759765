import { List, Paper, Skeleton, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { platformQuery } from "@/api/platform";
import { ProblemNotice } from "@/components/ProblemNotice";

/** What a platform administrator has to know about this installation. */
export function PlatformNotes() {
  const { data, error, isPending } = useQuery(platformQuery);
  return (
    <Paper component="section" aria-label="This installation">
      <Title order={2} mb={4}>
        This installation
      </Title>
      {isPending && <Skeleton height={80} />}
      {error && <ProblemNotice title="This cannot be shown" error={error} />}
      {data && (
        <>
          <Text size="sm" c="dimmed" mb="sm">
            Datalab {data.version}.{" "}
            {data.not_enforced.length === 0
              ? "All limits and borders of tools are enforced."
              : "These limits of tools are not enforced here:"}
          </Text>
          <List size="sm" spacing="xs">
            {data.not_enforced.map((sentence) => (
              <List.Item key={sentence}>{sentence}</List.Item>
            ))}
          </List>
        </>
      )}
    </Paper>
  );
}
