import { Alert, Button, Group, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { cancelDeletion } from "@/api/deletion";
import { keys } from "@/api/keys";
import type { Removal, RemovalStep } from "@/api/types";
import { Icon } from "@/components/Icon";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { describeCount, REMOVAL_STEPS } from "./steps";

export function DeletionProgress({ slug, removal }: { slug: string; removal: Removal }) {
  const reached = REMOVAL_STEPS.findIndex(([step]) => step === removal.step);
  const steps = removal.keep_until === null ? REMOVAL_STEPS.slice(1) : REMOVAL_STEPS;
  return (
    <Paper component="section" aria-label="Progress">
      <Stack>
        <Title order={2}>{removal.by} asked for its deletion</Title>
        {removal.problem !== "" && (
          <Alert color="yellow" icon={<Icon name="alert" />} title="It waits">
            {removal.problem} This is tried again; nothing further is destroyed until it works.
          </Alert>
        )}
        <Stack gap="sm" component="ol" p={0} m={0} style={{ listStyle: "none" }} aria-live="polite">
          {steps.map(([step, title]) => {
            const at = REMOVAL_STEPS.findIndex(([other]) => other === step);
            return <Row key={step} title={title} now={at === reached} done={at < reached} more={details(step, removal)} />;
          })}
        </Stack>
        {removal.cancellable && removal.keep_until !== null && <Cancel slug={slug} />}
      </Stack>
    </Paper>
  );
}

function details(step: RemovalStep, removal: Removal): string {
  if (step === "retention" && removal.keep_until !== null) {
    return `until ${new Date(removal.keep_until).toLocaleString()}; everything is paused`;
  }
  if (step === "services" && removal.services_left > 0) {
    return `${describeCount("services", removal.services_left)} left`;
  }
  if (step === "files" && removal.objects_deleted > 0) {
    return `${describeCount("objects", removal.objects_deleted)} deleted`;
  }
  return "";
}

function Row({ title, now, done, more }: { title: string; now: boolean; done: boolean; more: string }) {
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start" aria-current={now ? "step" : undefined}>
      <ThemeIcon size={24} radius="xl" variant={now ? "filled" : "light"} color={done ? "teal" : now ? "iris" : "gray"}>
        <Icon name={done ? "check" : now ? "restart" : "dots"} size={14} />
      </ThemeIcon>
      <div>
        <Text size="sm" fw={now ? 600 : 400} c={done || now ? undefined : "dimmed"}>
          {title}
        </Text>
        {more !== "" && (
          <Text size="xs" c="dimmed">
            {more}
          </Text>
        )}
      </div>
    </Group>
  );
}

function Cancel({ slug }: { slug: string }) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelDeletion(slug),
    onSuccess: () => notifyDone("The deletion is cancelled", "Everything is as it was."),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: keys.tenant(slug) }),
        queries.invalidateQueries({ queryKey: keys.tenants }),
        queries.invalidateQueries({ queryKey: keys.deletion(slug) }),
      ]),
  });
  return (
    <>
      {cancel.error && <ProblemNotice title="It was not cancelled" error={cancel.error} />}
      <Group>
        <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel the deletion
        </Button>
      </Group>
    </>
  );
}
