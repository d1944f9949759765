import { Anchor, Button, Group, Modal, Paper, Skeleton, Stack, Switch, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Secret } from "@/api/types";
import { deleteSecret, secretQuery, writeSecret } from "@/api/vault";
import { addresses } from "@/app/addresses";
import { NotFoundPage } from "@/app/NotFoundPage";
import { useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";
import { notifyDone } from "@/components/notify";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { dataOf, problemWithName, rowsOf } from "./rows";
import { SecretRows } from "./SecretRows";

export default function SecretPage() {
  const { slug } = useTenant();
  const { "*": path = "" } = useParams();
  const secret = useQuery(secretQuery(slug, path));
  if (secret.error && asProblem(secret.error).code === "not_found") return <NotFoundPage />;
  return (
    <>
      <Anchor component={Link} to={addresses.secrets(slug)} size="sm" mb="xs" display="inline-block">
        <Group gap={6}>
          <Icon name="back" size={14} /> Secrets
        </Group>
      </Anchor>
      <PageHeading title={path}>
        {path.startsWith("personal/") ? "Only you can use it." : "Everybody in this tenant can use it."}
      </PageHeading>
      {secret.isPending && <Skeleton height={200} />}
      {secret.error && (
        <ProblemNotice
          title="The secret cannot be shown"
          error={secret.error}
          onRetry={() => void secret.refetch()}
        />
      )}
      {secret.data && (
        <Editor key={secret.data.version} secret={secret.data} onReload={() => void secret.refetch()} />
      )}
    </>
  );
}

function Editor({ secret, onReload }: { secret: Secret; onReload: () => void }) {
  const { slug } = useTenant();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [rows, setRows] = useState(() => rowsOf(secret.data));
  const [tried, setTried] = useState(false);
  const [shown, setShown] = useState(false);
  const [deleting, dialog] = useDisclosure(false);
  const wrong = rows.map((row) => problemWithName(row, rows)).find(Boolean);
  const write = useMutation({
    mutationFn: () => writeSecret(slug, secret.path, dataOf(rows), secret.version),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.secret(slug, secret.path) });
      notifyDone("Saved", "Running tools have the new files within seconds.");
    },
  });
  const remove = useMutation({
    mutationFn: () => deleteSecret(slug, secret.path),
    onSuccess: async () => {
      queries.removeQueries({ queryKey: keys.secret(slug, secret.path) });
      await queries.invalidateQueries({ queryKey: keys.secrets(slug), exact: true });
      notifyDone(`Deleted ${secret.path}`);
      void navigate(addresses.secrets(slug));
    },
  });
  const conflict = write.error && asProblem(write.error).code === "conflict";
  return (
    <Paper
      component="form"
      aria-label={`Secret ${secret.path}`}
      onSubmit={(event: React.SubmitEvent) => {
        event.preventDefault();
        setTried(true);
        if (wrong === undefined) write.mutate();
      }}
    >
      <Stack gap="lg">
        <Switch
          label="Show values"
          checked={shown}
          onChange={({ currentTarget }) => setShown(currentTarget.checked)}
        />
        <SecretRows rows={rows} onChange={setRows} showProblems={tried} hidden={!shown} />
        {write.error && (
          <ProblemNotice
            title={conflict ? "Somebody else has changed it" : "Not saved"}
            error={write.error}
            {...(conflict ? { onRetry: onReload } : {})}
          />
        )}
        <Group justify="space-between">
          <Button type="submit" loading={write.isPending}>
            Save
          </Button>
          <Button variant="subtle" color="red" leftSection={<Icon name="trash" size={16} />} onClick={dialog.open}>
            Delete
          </Button>
        </Group>
      </Stack>
      <Modal opened={deleting} onClose={dialog.close} title={<Text fw={650}>Delete {secret.path}?</Text>}>
        <Stack>
          <Text size="sm">
            All its names and former versions are gone for good. Running tools keep what they have
            until they stop, and cannot be started with it again.
          </Text>
          {remove.error && <ProblemNotice title="Not deleted" error={remove.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={dialog.close} data-autofocus>
              Keep it
            </Button>
            <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
              Delete
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  );
}
