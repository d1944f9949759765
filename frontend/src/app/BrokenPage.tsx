import { Button, Container } from "@mantine/core";

import { EmptyState } from "@/components/EmptyState";

/** Instead of a page that failed to draw, or whose code is gone since an upgrade. */
export function BrokenPage() {
  return (
    <Container size="sm" component="main" py={80}>
      <EmptyState
        icon="alert"
        title="This page failed to load"
        action={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        Datalab may have been upgraded while the page was open. What you have running is not affected.
      </EmptyState>
    </Container>
  );
}
