import { Button, Center, Checkbox, Group, Paper, Skeleton, Stack, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type PeopleFilter, peopleQuery } from "@/api/people";
import { PlatformOnly } from "@/app/PlatformOnly";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { PersonRow } from "./PersonRow";

export default function PeoplePage() {
  return (
    <PlatformOnly>
      <People />
    </PlatformOnly>
  );
}

function People() {
  const [search, setSearch] = useState("");
  const [onlyAdmins, setOnlyAdmins] = useState(false);
  const [onlyLocked, setOnlyLocked] = useState(false);
  const [asked] = useDebouncedValue(search.trim(), 300);
  const filter: PeopleFilter = {
    ...(asked === "" ? {} : { search: asked }),
    ...(onlyAdmins ? { platform_admin: true } : {}),
    ...(onlyLocked ? { locked: true } : {}),
  };
  const people = useInfiniteQuery(peopleQuery(filter));
  const rows = people.data?.pages.flatMap(({ results }) => results);
  return (
    <>
      <PageHeading title="People">
        Everybody who has signed in. Their tenants and roles come from groups, by hand or by invitation.
      </PageHeading>
      <Stack gap="md">
        <Group component="search" gap="md">
          <TextInput
            aria-label="Search by name or e-mail address"
            placeholder="Search by name or e-mail address"
            leftSection={<Icon name="search" size={16} />}
            value={search}
            maxLength={100}
            onChange={(event) => setSearch(event.currentTarget.value)}
            style={{ flex: "1 1 240px" }}
          />
          <Checkbox
            label="Platform administrators"
            checked={onlyAdmins}
            onChange={(event) => setOnlyAdmins(event.currentTarget.checked)}
          />
          <Checkbox
            label="Locked"
            checked={onlyLocked}
            onChange={(event) => setOnlyLocked(event.currentTarget.checked)}
          />
        </Group>
        {people.error && (
          <ProblemNotice
            title="The people cannot be shown"
            error={people.error}
            onRetry={() => void people.refetch()}
          />
        )}
        {people.isPending && <Skeleton height={240} />}
        {rows?.length === 0 && (
          <EmptyState icon="search" title="Nobody fits">
            Change what you search for, or clear the filters.
          </EmptyState>
        )}
        {rows && rows.length > 0 && (
          <Paper p={0} m={0} component="ul" aria-label="People" style={{ listStyle: "none", overflow: "hidden" }}>
            {rows.map((person) => (
              <PersonRow key={person.username} person={person} />
            ))}
          </Paper>
        )}
        {people.hasNextPage && (
          <Center>
            <Button variant="default" loading={people.isFetchingNextPage} onClick={() => void people.fetchNextPage()}>
              Show more
            </Button>
          </Center>
        )}
      </Stack>
    </>
  );
}
