import { Button, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { askForMore } from "@/api/quotas";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { AmountFields } from "./AmountFields";
import { asLimits, type Typed } from "./resources";

/** A member asks for their own limit, an admin for the tenant's. */
export function AskForMore({ tenant, forTenant }: { tenant: string; forTenant: boolean }) {
  const queries = useQueryClient();
  const [more, setMore] = useState<Typed>({});
  const [reason, setReason] = useState("");
  const ask = useMutation({
    mutationFn: () => askForMore(tenant, { resources: asLimits(more), reason: reason.trim() }),
    onSuccess: async () => {
      setMore({});
      setReason("");
      notifyDone("Asked", "You are told here when it is decided.");
      await queries.invalidateQueries({ queryKey: keys.quotaRequests(tenant) });
    },
  });
  const problem = ask.error ? asProblem(ask.error) : null;
  const whom = forTenant ? "A platform administrator decides." : "An admin of the tenant decides.";
  return (
    <Paper component="section" aria-label="Ask for more" id="ask">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <Stack gap="md">
          <div>
            <Title order={2}>Ask for more</Title>
            <Text size="sm" c="dimmed">
              {forTenant ? "For the whole tenant." : "For your own limit."} Say how much more you need of what.{" "}
              {whom}
            </Text>
          </div>
          <AmountFields value={more} onChange={setMore} errors={problem?.fields ?? {}} prefix="resources." />
          <Textarea
            label="What for"
            placeholder="Training the new model until the end of the month"
            value={reason}
            maxLength={1000}
            required
            autosize
            minRows={2}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          {ask.error && <ProblemNotice title="Not asked" error={ask.error} />}
          <Group>
            <Button type="submit" loading={ask.isPending} disabled={reason.trim() === ""}>
              Ask
            </Button>
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}
