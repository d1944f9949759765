import { Paper, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import type { PriceVersion } from "@/api/types";
import { pricesQuery } from "@/api/usage";
import { PlatformOnly } from "@/app/PlatformOnly";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RelativeTime } from "@/components/RelativeTime";

import { PricesForm } from "./PricesForm";
import { RATES, shortened } from "./rates";

export default function PricesPage() {
  return (
    <PlatformOnly>
      <PricesOfPlatform />
    </PlatformOnly>
  );
}

function PricesOfPlatform() {
  const prices = useQuery(pricesQuery);
  return (
    <>
      <PageHeading title="Prices">
        What each resource costs, from a day on. Past use keeps the prices of its time, so a change
        counts from today or later.
      </PageHeading>
      {prices.error && (
        <ProblemNotice
          title="The prices cannot be shown"
          error={prices.error}
          onRetry={() => void prices.refetch()}
        />
      )}
      {prices.isPending && <Skeleton height={320} aria-label="Loading" />}
      {prices.data && (
        <Stack gap="lg">
          <PricesForm
            key={prices.data.versions[0]?.set_at}
            latest={prices.data.versions[0] ?? null}
          />
          {prices.data.versions.length > 0 && <History versions={prices.data.versions} />}
        </Stack>
      )}
    </>
  );
}

function History({ versions }: { versions: PriceVersion[] }) {
  return (
    <Paper component="section" aria-label="All prices so far">
      <Title order={2} mb="sm">
        All prices so far
      </Title>
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            <Table.Th>Prices</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map((version) => (
            <Table.Tr key={version.valid_from}>
              <Table.Td style={{ whiteSpace: "nowrap", verticalAlign: "top" }}>{version.valid_from}</Table.Td>
              <Table.Td>
                {RATES.map(({ name, title }) => (
                  <Text key={name} size="sm" className="numbers">
                    {title}: {shortened(version[name])} {version.currency}
                  </Text>
                ))}
                {Object.entries(version.devices).map(([device, price]) => (
                  <Text key={device} size="sm" className="numbers" style={{ overflowWrap: "anywhere" }}>
                    {device}, an hour: {shortened(price)} {version.currency}
                  </Text>
                ))}
                <Text size="xs" c="dimmed">
                  set by {version.set_by}, <RelativeTime at={version.set_at} />
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
