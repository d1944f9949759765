import { Anchor, List, Paper, SimpleGrid, Text, Title } from "@mantine/core";

import { exportAddress } from "@/api/audit";
import type { Leaving } from "@/api/types";
import { formatBytes } from "@/components/quantity";

import { describeCount } from "./steps";

const MOST_NAMED = 50;

export function WhatGoes({ tenant, leaving }: { tenant: string; leaving: Leaving }) {
  const { things, counts, size, more_objects } = leaving;
  const named = (wanted: string) => things.filter(({ kind }) => kind === wanted).length;
  const volumes = named("volumes");
  const amount = size < 2 ** 20 ? `${size} bytes` : formatBytes(size);
  return (
    <Paper component="section" aria-label="What goes" mb="lg">
      <Title order={2} mb="xs">
        1. What goes, for good
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 4 }} mb={things.length > 0 ? "md" : 0}>
        <Text size="sm">
          <b>{describeCount("services", named("services"))}</b>
        </Text>
        {volumes > 0 && (
          <Text size="sm">
            <b>{describeCount("volumes", volumes)}</b>
          </Text>
        )}
        {Object.entries(counts).map(([kind, count]) => (
          <Text size="sm" key={kind}>
            <b>{describeCount(kind, count, kind === "objects" && more_objects)}</b>
            {kind === "objects" && `, ${more_objects ? "more than " : ""}${amount}`}
          </Text>
        ))}
      </SimpleGrid>
      {things.length > 0 && (
        <List size="sm" spacing={4} style={{ overflowWrap: "anywhere" }}>
          {things.slice(0, MOST_NAMED).map(({ kind, name, owner, detail }) => (
            <List.Item key={`${kind} ${name}`}>
              <Thing kind={kind} name={name} owner={owner} detail={detail} />
            </List.Item>
          ))}
          {things.length > MOST_NAMED && <List.Item>and {things.length - MOST_NAMED} more</List.Item>}
        </List>
      )}
      <Text size="sm" c="dimmed" mt="md">
        The audit trail stays (
        <Anchor href={exportAddress(tenant, {})} download inherit underline="always">
          export it
        </Anchor>
        ), and the short name is given to nobody else for 30 days.
      </Text>
    </Paper>
  );
}

function Thing({ kind, name, owner, detail }: Leaving["things"][number]) {
  if (kind === "volumes") {
    return (
      <>
        volume <b>{name}</b>: {detail}
      </>
    );
  }
  return (
    <>
      <b>{name}</b>
      {owner !== "" && ` of ${owner}`}
      {detail !== "" && `, with ${detail}`}
    </>
  );
}
