import { Button, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";

import type { MemberQuota, Quota, SomeQuantities } from "@/api/types";
import { formatAmount, formatResource, titleOf } from "@/components/quantity";

import { OwnLimitsModal } from "./OwnLimitsModal";
import { COUNTED } from "./resources";

interface Edited {
  user: string | null;
  own: SomeQuantities;
}

/** What each member holds, of what they may; their limits are changed from here. */
export function MemberLimits({ tenant, quota }: { tenant: string; quota: Quota }) {
  const [edited, setEdited] = useState<Edited | null>(null);
  return (
    <Paper component="section" aria-label="Limits of members">
      <Stack gap="md">
        <div>
          <Title order={2}>Limits of members</Title>
          <Text size="sm" c="dimmed">
            Use, and the member's own limit where there is one. The default holds for whoever has none.
          </Text>
        </div>
        <Table.ScrollContainer minWidth={680}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Member</Table.Th>
                {COUNTED.map((name) => (
                  <Table.Th key={name}>{titleOf(name)}</Table.Th>
                ))}
                <Table.Th />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              <Table.Tr>
                <Table.Th scope="row">Default</Table.Th>
                {COUNTED.map((name) => (
                  <Table.Td key={name} className="numbers">
                    {limitText(name, quota.member_default[name])}
                  </Table.Td>
                ))}
                <Table.Td ta="right">
                  <Button
                    size="xs"
                    variant="default"
                    aria-label="Change the default limits of members"
                    onClick={() => setEdited({ user: null, own: quota.member_default })}
                  >
                    Change
                  </Button>
                </Table.Td>
              </Table.Tr>
              {quota.per_member.map((one) => (
                <MemberRow
                  key={one.username}
                  member={one}
                  onEdit={() => setEdited({ user: one.username, own: one.own })}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
        {edited && <OwnLimitsModal tenant={tenant} {...edited} onClose={() => setEdited(null)} />}
      </Stack>
    </Paper>
  );
}

const limitText = (name: string, limit: string | number | undefined) =>
  limit === undefined ? "no limit" : formatResource(name, limit);

function MemberRow({ member, onEdit }: { member: MemberQuota; onEdit: () => void }) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={500}>
        {member.display_name}
      </Table.Th>
      {COUNTED.map((name) => {
        const limit = member.limits[name];
        const of = limit === undefined ? "" : ` of ${formatResource(name, limit)}`;
        return (
          <Table.Td key={name} className="numbers" fw={member.own[name] === undefined ? 400 : 650}>
            {limit === undefined
              ? formatResource(name, member.used[name])
              : `${formatAmount(name, member.used[name], limit)}${of}`}
          </Table.Td>
        );
      })}
      <Table.Td ta="right">
        <Button size="xs" variant="default" onClick={onEdit} aria-label={`Change the limits of ${member.username}`}>
          Change
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}
