import { Alert, Anchor, Button, List, Paper, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId } from "react";
import { Link } from "react-router";

import { asProblem, type Shortage } from "@/api/problem";
import { quotaQuery } from "@/api/tenants";
import type { Preview } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useWhyClosed } from "@/app/closed";
import { useRights, useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";

import { CostEstimate } from "./CostEstimate";
import { homelessErrors } from "./fieldErrors";
import { QuotaAfter } from "./QuotaAfter";
import { explainShortage, whyNot } from "./whyNot";
import type { LaunchFormState } from "./useLaunchForm";

interface LaunchPanelProps {
  state: LaunchFormState;
  /** What the form itself finds wrong. */
  blocked: string | null;
}

const shortagesOf = (one: { shortages: Shortage[] } | null | undefined) => one?.shortages ?? [];

/** Where a quota has no room, the way to more of it. */
function AskLink({ tenant, short }: { tenant: string; short: Shortage[] }) {
  if (short.length === 0) return null;
  return (
    <Anchor component={Link} to={`${addresses.quota(tenant)}#ask`} size="sm">
      Ask for more
    </Anchor>
  );
}

/** Where the quota has room and no machine has. */
function WillWait({ preview }: { preview: Preview | undefined }) {
  if (preview?.room.state !== "waits") return null;
  return (
    <Alert color="yellow" title="It does not start at once" icon={<Icon name="alert" />}>
      {preview.room.because} You can launch it all the same: it starts by itself.
    </Alert>
  );
}

/** Beside the form: what the launch takes, and the button that says why where it cannot be. */
export function LaunchPanel({ state, blocked }: LaunchPanelProps) {
  const tenant = useTenant();
  const { canChange } = useRights();
  const closed = useWhyClosed();
  const { data: quota } = useQuery(quotaQuery(tenant.slug));
  const { preview, lastPreview, launch, launchOnce, fields } = state;
  const reasonId = useId();
  const launchProblem = launch.error ? asProblem(launch.error) : null;
  const reason =
    closed ??
    blocked ??
    whyNot({
      mayLaunch: canChange,
      preview: preview.data,
      problem: preview.error ? asProblem(preview.error) : null,
    });
  return (
    <Paper component="section" aria-label="After this launch" shadow="sm">
      <Stack gap="md">
        <div>
          <Title order={2}>After this launch</Title>
          <Text size="xs" c="dimmed">
            Quota of {tenant.display_name}: used, this launch, free
          </Text>
        </div>
        {lastPreview ? (
          <QuotaAfter preview={lastPreview} stale={preview.isFetching || preview.isError} />
        ) : (
          !preview.error && <Skeleton height={180} />
        )}
        {lastPreview && <CostEstimate cost={lastPreview.cost} />}
        {preview.data?.findings.map((finding) => (
          <Alert key={finding.code + finding.message} color="red" title="Not allowed here" icon={<Icon name="alert" />}>
            {finding.message}
          </Alert>
        ))}
        {launchProblem && (
          <Alert color="red" title="Not launched" icon={<Icon name="alert" />} role="alert">
            {launchProblem.message}
            <List size="sm" mt={4}>
              {launchProblem.shortages.map((shortage) => (
                <List.Item key={shortage.resource}>{explainShortage(shortage)}</List.Item>
              ))}
              {homelessErrors(fields).map((text) => (
                <List.Item key={text}>{text}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        <Button
          size="md"
          fullWidth
          leftSection={<Icon name="rocket" />}
          loading={launch.isPending || launch.isSuccess}
          aria-describedby={reasonId}
          aria-disabled={reason !== null}
          data-disabled={reason !== null || undefined}
          onClick={() => {
            if (reason === null) launchOnce();
          }}
        >
          Launch
        </Button>
        <AskLink tenant={tenant.slug} short={[...shortagesOf(preview.data), ...shortagesOf(launchProblem)]} />
        <Text id={reasonId} size="sm" c={reason === null ? "dimmed" : "red"} role="status">
          {reason ?? (quota ? "It fits. You can change its size later." : "")}
        </Text>
        {reason === null && <WillWait preview={preview.data} />}
      </Stack>
    </Paper>
  );
}
