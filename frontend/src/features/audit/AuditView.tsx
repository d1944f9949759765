import { Button, Center, Paper, Skeleton, Stack, Table, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useSearchParams } from "react-router";

import { type AuditOf, auditQuery, exportAddress } from "@/api/audit";
import type { AuditEvent } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { AuditFilters } from "./AuditFilters";
import { EventCard, EventRow } from "./EventRow";
import { asAsked, filterOf } from "./filter";

interface AuditViewProps {
  tenant: AuditOf;
  children: ReactNode;
}

/** Who did what, the newest first: of a tenant, or of everything. */
export function AuditView({ tenant, children }: AuditViewProps) {
  const [query, setQuery] = useSearchParams();
  const filter = filterOf(query);
  const asked = asAsked(filter);
  const events = useInfiniteQuery(auditQuery(tenant, asked));
  const rows = events.data?.pages.flatMap(({ results }) => results);
  return (
    <>
      <PageHeading
        title="Audit"
        actions={
          <Button
            component="a"
            href={exportAddress(tenant, asked)}
            download
            variant="default"
            leftSection={<Icon name="download" size={16} />}
          >
            Export
          </Button>
        }
      >
        {children}
      </PageHeading>
      <AuditFilters filter={filter} onChange={setQuery} withTenant={tenant === null} />
      {events.error && (
        <ProblemNotice
          title="The events cannot be shown"
          error={events.error}
          onRetry={() => void events.refetch()}
        />
      )}
      {events.isPending && <Skeleton height={320} aria-label="Loading" />}
      {rows?.length === 0 && (
        <EmptyState icon="audit" title={query.size > 0 ? "No event fits" : "Nothing happened yet"}>
          {query.size > 0
            ? "Change what you look for, or clear the filters."
            : "Launches, changes, sign-ins and refusals will be listed here."}
        </EmptyState>
      )}
      {rows && rows.length > 0 && <Events events={rows} withTenant={tenant === null} />}
      {events.hasNextPage && (
        <Center mt="md">
          <Button
            variant="default"
            loading={events.isFetchingNextPage}
            onClick={() => void events.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}

function Events({ events, withTenant }: { events: AuditEvent[]; withTenant: boolean }) {
  const wide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false });
  if (!wide) {
    return (
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: "none" }} aria-label="Events">
        {events.map((event) => (
          <EventCard key={event.id} event={event} withTenant={withTenant} />
        ))}
      </Stack>
    );
  }
  return (
    <Paper p={0} style={{ overflow: "hidden" }}>
      <Table verticalSpacing="xs" aria-label="Events">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={44}>
              <VisuallyHidden>More</VisuallyHidden>
            </Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>Who</Table.Th>
            <Table.Th>What happened</Table.Th>
            <Table.Th>To what</Table.Th>
            {withTenant && <Table.Th>Tenant</Table.Th>}
            <Table.Th>From</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((event) => (
            <EventRow key={event.id} event={event} withTenant={withTenant} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
