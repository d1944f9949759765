import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { withdrawRequest } from "@/api/quotas";
import type { QuotaRequest } from "@/api/types";
import { useMe } from "@/app/session";
import { notifyProblem } from "@/components/notify";
import { RelativeTime } from "@/components/RelativeTime";

import { DecideModal } from "./DecideModal";
import { inWords } from "./resources";

const COLOURS = { open: "iris", granted: "teal", refused: "red", withdrawn: "gray" } as const;

/** Whoever decides: of a member's an admin of the tenant, of the tenant's a platform administrator. */
function useMayDecide(request: QuotaRequest): boolean {
  const me = useMe();
  const role = me.tenants.find(({ slug }) => slug === request.tenant)?.role;
  return me.is_platform_admin || (request.scope === "member" && role === "admin");
}

/** What somebody asked for, and what became of it. */
export function RequestRow({ request, withTenant = false }: { request: QuotaRequest; withTenant?: boolean }) {
  const me = useMe();
  const queries = useQueryClient();
  const mayDecide = useMayDecide(request);
  const [deciding, dialog] = useDisclosure(false);
  const withdraw = useMutation({
    mutationFn: () => withdrawRequest(request.tenant, request.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: keys.quotaRequests(request.tenant) }),
    onError: (error) => notifyProblem("Not withdrawn", error),
  });
  const open = request.state === "open";
  const whose = request.scope === "tenant" ? "for the whole tenant" : "for their own limit";
  return (
    <Group justify="space-between" align="flex-start" gap="sm">
      <Stack gap={2} style={{ flex: "1 1 240px" }} miw={0}>
        <Group gap="xs">
          <Badge size="sm" variant="light" color={COLOURS[request.state]}>
            {request.ended ? "ended" : request.state}
          </Badge>
          <Text size="sm" fw={550}>
            {inWords(request.wanted)} more
          </Text>
        </Group>
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {withTenant ? `${request.tenant_name}: ` : ""}
          {request.username}, {whose}: {request.reason}
        </Text>
        <Outcome request={request} />
      </Stack>
      <Group gap="xs">
        {open && mayDecide && (
          <Button size="xs" onClick={dialog.open} aria-label={`Decide on the request of ${request.username}`}>
            Decide
          </Button>
        )}
        {open && request.username === me.username && (
          <Button size="xs" variant="default" loading={withdraw.isPending} onClick={() => withdraw.mutate()}>
            Withdraw
          </Button>
        )}
      </Group>
      {deciding && <DecideModal request={request} onClose={dialog.close} />}
    </Group>
  );
}

function Outcome({ request }: { request: QuotaRequest }) {
  const until = request.until ? ` until ${new Date(request.until).toLocaleDateString()}` : " for good";
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      <RelativeTime at={request.created_at} />
      {request.state === "granted" && ` · granted ${inWords(request.granted)}${until}`}
      {request.decided_by && ` · by ${request.decided_by}`}
      {request.answer && `: ${request.answer}`}
    </Text>
  );
}
