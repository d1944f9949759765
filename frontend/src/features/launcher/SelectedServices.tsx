import { Button, Center, Skeleton } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { type ServiceFilter, selectedServicesQuery } from "@/api/allServices";
import type { MyTenant } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { ProblemNotice } from "@/components/ProblemNotice";

import { SelectionBar } from "./SelectionBar";
import { ServiceFilters } from "./ServiceFilters";
import { ServicesTable } from "./ServicesTable";

/** A list of other people's services, to filter, to select from, and to act on the selected. */
export function SelectedServices({ tenant }: { tenant?: MyTenant }) {
  const [query, setQuery] = useSearchParams();
  const filter = Object.fromEntries(query) as ServiceFilter;
  const services = useInfiniteQuery(selectedServicesQuery(tenant, filter));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const rows = services.data?.pages.flatMap(({ results }) => results) ?? [];
  const chosen = rows.filter(({ id }) => selected.has(id));
  return (
    <>
      <ServiceFilters filter={filter} onChange={setQuery} withTenant={tenant === undefined} />
      {services.error && (
        <ProblemNotice
          title="The services cannot be shown"
          error={services.error}
          onRetry={() => void services.refetch()}
        />
      )}
      {services.isPending && <Skeleton height={260} />}
      {services.data && rows.length === 0 && (
        <EmptyState icon="services" title={query.size > 0 ? "No service fits" : "Nothing is running"}>
          {query.size > 0
            ? "Change what you search for, or clear the filters."
            : "As soon as somebody launches a tool it appears here."}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <>
          <SelectionBar chosen={chosen} onDone={() => setSelected(new Set())} />
          <ServicesTable
            services={rows}
            selected={selected}
            onSelect={setSelected}
            withTenant={tenant === undefined}
          />
        </>
      )}
      {services.hasNextPage && (
        <Center mt="md">
          <Button
            variant="default"
            loading={services.isFetchingNextPage}
            onClick={() => void services.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}
