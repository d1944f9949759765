import { Button, Center, Skeleton, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { type TenantFilter, tenantsQuery } from "@/api/tenants";
import type { Tenant } from "@/api/types";
import { PlatformOnly } from "@/app/PlatformOnly";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { NewTenantModal } from "./NewTenantModal";
import { TenantFilters } from "./TenantFilters";
import { TenantRow } from "./TenantRow";

export default function TenantsPage() {
  return (
    <PlatformOnly>
      <Tenants />
    </PlatformOnly>
  );
}

function Tenants() {
  const [query, setQuery] = useSearchParams();
  const filter: TenantFilter = Object.fromEntries(query);
  const tenants = useInfiniteQuery(tenantsQuery(filter));
  const [creating, dialog] = useDisclosure(false);
  const rows = tenants.data?.pages.flatMap(({ results }) => results);
  const filtered = query.size > 0;
  const create = (
    <Button onClick={dialog.open} leftSection={<Icon name="plus" size={16} />}>
      New tenant
    </Button>
  );
  return (
    <>
      <PageHeading title="Tenants" actions={(filtered || (rows?.length ?? 0) > 0) && create}>
        Business units and portfolio companies: each with its own members, quota, bucket, secrets and tools.
      </PageHeading>
      {(filtered || (rows?.length ?? 0) > 0) && <TenantFilters filter={filter} onChange={setQuery} />}
      {tenants.error && (
        <ProblemNotice
          title="The tenants cannot be shown"
          error={tenants.error}
          onRetry={() => void tenants.refetch()}
        />
      )}
      {tenants.isPending && (
        <Stack>
          <Skeleton height={110} />
          <Skeleton height={110} />
        </Stack>
      )}
      {rows?.length === 0 && <Nothing filtered={filtered} create={create} />}
      <Rows tenants={rows ?? []} />
      {tenants.hasNextPage && (
        <Center mt="md">
          <Button
            variant="default"
            loading={tenants.isFetchingNextPage}
            onClick={() => void tenants.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      )}
      <NewTenantModal opened={creating} onClose={dialog.close} />
    </>
  );
}

function Nothing({ filtered, create }: { filtered: boolean; create: React.ReactNode }) {
  if (filtered) {
    return (
      <EmptyState icon="search" title="No tenant fits">
        Change what you search for, or clear the filters.
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="tenants" title="Begin with the first tenant" action={create}>
      Give a business unit or portfolio company a name and limits. Its bucket, secrets and place for
      tools are made in seconds; then add its members, and they launch their first tool.
    </EmptyState>
  );
}

function Rows({ tenants }: { tenants: Tenant[] }) {
  return (
    <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
      {tenants.map((tenant) => (
        <TenantRow key={tenant.slug} tenant={tenant} />
      ))}
    </Stack>
  );
}
