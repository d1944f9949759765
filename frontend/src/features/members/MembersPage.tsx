import { Button, Center, Group, Skeleton, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { membersQuery } from "@/api/members";
import type { Member } from "@/api/types";
import { useRights, useTenant } from "@/app/session";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { AddMemberModal } from "./AddMemberModal";
import { Invitations } from "./Invitations";
import { InviteModal } from "./InviteModal";
import { KeptOut } from "./KeptOut";
import { MembersTable } from "./MembersTable";
import { MissingAdmin } from "./MissingAdmin";
import { RemoveMemberModal } from "./RemoveMemberModal";
import { WithoutMember } from "./WithoutMember";

export default function MembersPage() {
  const { slug, display_name } = useTenant();
  const { isAdmin } = useRights();
  const [search, setSearch] = useState("");
  const [asked] = useDebouncedValue(search.trim(), 300);
  const [adding, addDialog] = useDisclosure(false);
  const [inviting, inviteDialog] = useDisclosure(false);
  const [leaving, setLeaving] = useState<Member | null>(null);
  const members = useInfiniteQuery(membersQuery(slug, asked));
  const rows = members.data?.pages.flatMap(({ results }) => results);
  const actions = isAdmin && (
    <Group gap="sm">
      <Button variant="default" onClick={addDialog.open} leftSection={<Icon name="plus" size={16} />}>
        Add a person
      </Button>
      <Button onClick={inviteDialog.open} leftSection={<Icon name="people" size={16} />}>
        Invite
      </Button>
    </Group>
  );
  return (
    <>
      <PageHeading title="Members" actions={actions}>
        Who belongs to {display_name}, and what each may do.
      </PageHeading>
      <Stack gap="lg">
        {isAdmin && <MissingAdmin />}
        {isAdmin && <WithoutMember />}
        <TextInput
          aria-label="Search by name"
          placeholder="Search by name"
          leftSection={<Icon name="search" size={16} />}
          value={search}
          maxLength={100}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        {members.error && (
          <ProblemNotice
            title="The members cannot be shown"
            error={members.error}
            onRetry={() => void members.refetch()}
          />
        )}
        {members.isPending && <Skeleton height={220} />}
        {rows?.length === 0 && <Nobody searched={asked !== ""} />}
        {rows && rows.length > 0 && <MembersTable members={rows} onRemove={setLeaving} />}
        {members.hasNextPage && (
          <Center>
            <Button
              variant="default"
              loading={members.isFetchingNextPage}
              onClick={() => void members.fetchNextPage()}
            >
              Show more
            </Button>
          </Center>
        )}
        {isAdmin && <Invitations />}
        {isAdmin && <KeptOut />}
      </Stack>
      <AddMemberModal opened={adding} onClose={addDialog.close} />
      <InviteModal opened={inviting} onClose={inviteDialog.close} />
      <RemoveMemberModal member={leaving} onClose={() => setLeaving(null)} />
    </>
  );
}

function Nobody({ searched }: { searched: boolean }) {
  return searched ? (
    <EmptyState icon="search" title="Nobody is called anything like that">
      Search for part of a user name or a name.
    </EmptyState>
  ) : (
    <EmptyState icon="people" title="Nobody belongs to this tenant yet">
      Add somebody who has signed in before, or invite people by their e-mail address.
    </EmptyState>
  );
}
