import { SimpleGrid, Skeleton, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { chartsQuery } from "@/api/catalog";
import { useWhyClosed } from "@/app/closed";
import { useTenant } from "@/app/session";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { ChartCard } from "./ChartCard";
import { matchesSearch } from "./search";

export function CatalogPage() {
  const tenant = useTenant();
  const charts = useQuery(chartsQuery(tenant.slug));
  const closed = useWhyClosed();
  const [query, setQuery] = useSearchParams();
  const search = query.get("search") ?? "";
  const found = charts.data?.filter((chart) => matchesSearch(chart, search)) ?? [];
  return (
    <>
      <PageHeading title="Catalogue">
        Pick a tool. It starts in {tenant.display_name}, with its bucket and secrets at hand.
      </PageHeading>
      <TextInput
        type="search"
        aria-label="Search the catalogue"
        placeholder="Search by name or purpose"
        leftSection={<Icon name="search" size={16} />}
        value={search}
        onChange={({ currentTarget: { value } }) =>
          setQuery(value === "" ? {} : { search: value }, { replace: true })
        }
        maw={420}
        mb="lg"
      />
      {charts.error && (
        <ProblemNotice
          title="The catalogue cannot be shown"
          error={charts.error}
          onRetry={() => void charts.refetch()}
        />
      )}
      {charts.data && found.length === 0 && (
        <EmptyState icon="search" title={search === "" ? "The catalogue is empty" : "Nothing found"}>
          {search === ""
            ? "Your platform's administrator has not offered any tool to this tenant yet."
            : `No tool matches “${search}”. Try a shorter word.`}
        </EmptyState>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg" component="ul" p={0} m={0}>
        {charts.isPending && [0, 1, 2].map((n) => <Skeleton key={n} height={230} component="li" />)}
        {found.map((chart) => (
          <ChartCard key={`${chart.catalog}/${chart.name}`} chart={chart} tenant={tenant.slug} closed={closed} />
        ))}
      </SimpleGrid>
      {charts.data && found.length > 0 && (
        <Text size="sm" c="dimmed" mt="lg" role="status">
          {found.length === 1 ? "1 tool" : `${found.length} tools`}
        </Text>
      )}
    </>
  );
}
