import { Button, Skeleton, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";

import { webhooksQuery } from "@/api/webhooks";
import { PlatformOnly } from "@/app/PlatformOnly";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { NewWebhookModal } from "./NewWebhookModal";
import { WebhookCard } from "./WebhookCard";

export default function WebhooksPage() {
  return (
    <PlatformOnly>
      <Webhooks />
    </PlatformOnly>
  );
}

function Webhooks() {
  const webhooks = useQuery(webhooksQuery);
  const [adding, dialog] = useDisclosure(false);
  const add = (
    <Button onClick={dialog.open} leftSection={<Icon name="plus" size={16} />}>
      New webhook
    </Button>
  );
  return (
    <>
      <PageHeading title="Webhooks" actions={(webhooks.data?.length ?? 0) > 0 && add}>
        Events of the audit, sent to other systems as they happen, and signed.
      </PageHeading>
      {webhooks.error && (
        <ProblemNotice
          title="The webhooks cannot be shown"
          error={webhooks.error}
          onRetry={() => void webhooks.refetch()}
        />
      )}
      {webhooks.isPending && <Skeleton height={140} aria-label="Loading" />}
      {webhooks.data?.length === 0 && (
        <EmptyState icon="webhook" title="No webhooks yet" action={add}>
          Tell a log collector, a chat or a ticket system what happens here. Nothing gets lost: what does
          not arrive is sent again.
        </EmptyState>
      )}
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
        {webhooks.data?.map((webhook) => (
          <WebhookCard key={webhook.id} webhook={webhook} />
        ))}
      </Stack>
      <NewWebhookModal opened={adding} onClose={dialog.close} />
    </>
  );
}
