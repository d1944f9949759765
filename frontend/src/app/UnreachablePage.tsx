import { Container } from "@mantine/core";

import { ProblemNotice } from "@/components/ProblemNotice";

export function UnreachablePage({ error, onRetry }: { error: unknown; onRetry: () => unknown }) {
  return (
    <Container size="sm" component="main" py={80}>
      <ProblemNotice title="Datalab cannot be reached" error={error} onRetry={() => void onRetry()} />
    </Container>
  );
}
