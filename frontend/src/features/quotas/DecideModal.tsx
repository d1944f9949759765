import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { grantRequest, refuseRequest } from "@/api/quotas";
import type { QuotaRequest } from "@/api/types";
import { ProblemNotice } from "@/components/ProblemNotice";

import { AmountFields } from "./AmountFields";
import { asLimits, inWords, typed } from "./resources";

/** Grant for good or until a date, as much as one wants; or refuse with an answer. */
export function DecideModal({ request, onClose }: { request: QuotaRequest; onClose: () => void }) {
  const queries = useQueryClient();
  const [more, setMore] = useState(typed(request.wanted));
  const [until, setUntil] = useState<string | null>(null);
  const [reply, setReply] = useState("");
  const { devices } = request.wanted;
  const done = async () => {
    onClose();
    await queries.invalidateQueries({ queryKey: keys.quota(request.tenant) });
    await queries.invalidateQueries({ queryKey: keys.openRequests });
    await queries.invalidateQueries({ queryKey: keys.capacity });
  };
  const grant = useMutation({
    mutationFn: () =>
      grantRequest(request.tenant, request.id, {
        resources: { ...asLimits(more), ...(devices ? { devices } : {}) },
        // The end of that day, where whoever decides is.
        until: until === null ? null : new Date(`${until.slice(0, 10)}T23:59:59`).toISOString(),
        answer: reply.trim(),
      }),
    onSuccess: done,
  });
  const refuse = useMutation({
    mutationFn: () => refuseRequest(request.tenant, request.id, reply.trim()),
    onSuccess: done,
  });
  const error = grant.error ?? refuse.error;
  return (
    <Modal opened onClose={onClose} title={`${request.username} asks for more`} size="lg">
      <Stack gap="md">
        <Text size="sm">{request.reason}</Text>
        <AmountFields value={more} onChange={setMore} errors={error ? asProblem(error).fields : {}} prefix="resources." />
        {devices && <Text size="sm">Devices: {inWords({ devices })}</Text>}
        <DateInput
          label="Until"
          description="Empty: for good. On that day the limit is as before; what runs goes on."
          value={until}
          onChange={setUntil}
          minDate={new Date()}
          clearable
        />
        <Textarea
          label="Answer"
          description="A refusal needs one."
          value={reply}
          maxLength={1000}
          onChange={({ currentTarget }) => setReply(currentTarget.value)}
        />
        {error && <ProblemNotice title="Not decided" error={error} />}
        <Group justify="flex-end">
          <Button
            variant="light"
            color="red"
            loading={refuse.isPending}
            disabled={reply.trim() === ""}
            onClick={() => refuse.mutate()}
          >
            Refuse
          </Button>
          <Button loading={grant.isPending} onClick={() => grant.mutate()}>
            Grant
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
