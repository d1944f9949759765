import { Anchor, Group, Select, Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearchParams } from "react-router";

import { chartQuery, formQuery } from "@/api/catalog";
import { asProblem } from "@/api/problem";
import { addresses } from "@/app/addresses";
import { NotFoundPage } from "@/app/NotFoundPage";
import { useTenant } from "@/app/session";
import { ChartIcon } from "@/components/ChartIcon";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { LaunchFormView } from "./LaunchFormView";
import { Readme } from "./Readme";

export default function LaunchPage() {
  const { slug } = useTenant();
  const { catalog = "", chart: name = "" } = useParams();
  const [query, setQuery] = useSearchParams();
  const path = { tenant: slug, catalog, chart: name };
  const chart = useQuery(chartQuery(path));
  const version = query.get("version") ?? chart.data?.version;
  const form = useQuery({ ...formQuery(path, version), enabled: version !== undefined });
  const error = chart.error ?? form.error;
  if (error && asProblem(error).status === 404) return <NotFoundPage />;
  return (
    <>
      <Anchor component={Link} to={addresses.catalog(slug)} size="sm">
        <Group gap={6} mb="sm">
          <Icon name="back" size={14} /> Catalogue
        </Group>
      </Anchor>
      {error && (
        <ProblemNotice
          title="This tool cannot be shown"
          error={error}
          onRetry={() => void (chart.error ? chart.refetch() : form.refetch())}
        />
      )}
      {chart.data && (
        <PageHeading
          title={`Launch ${chart.data.title}`}
          actions={
            chart.data.versions.length > 1 && (
              <Select
                label="Version"
                data={chart.data.versions}
                value={version ?? null}
                allowDeselect={false}
                onChange={(chosen) => setQuery(chosen === null ? {} : { version: chosen }, { replace: true })}
                w={140}
              />
            )
          }
        >
          <Group gap="sm" mt={4} wrap="nowrap">
            <ChartIcon icon={chart.data.icon} name={chart.data.title} size={36} />
            <span>{chart.data.description}</span>
          </Group>
        </PageHeading>
      )}
      {chart.data && form.data && version !== undefined && (
        <Stack gap="lg">
          <LaunchFormView key={version} chart={{ ...chart.data, version }} form={form.data} />
          <Readme chart={chart.data} />
        </Stack>
      )}
      {!error && !form.data && <Skeleton height={420} />}
    </>
  );
}
