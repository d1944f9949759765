import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { type PlatformGroup, platformUsageQuery, usageTable } from "@/api/usage";
import { addresses } from "@/app/addresses";
import { PlatformOnly } from "@/app/PlatformOnly";

import { daysOf, type Range } from "./ranges";
import { UsageView } from "./UsageView";

const GROUPS: Record<PlatformGroup, string> = { tenant: "Tenant", group: "Group of tenants" };

export default function PlatformUsagePage() {
  return (
    <PlatformOnly>
      <PlatformUsage />
    </PlatformOnly>
  );
}

function PlatformUsage() {
  const [range, setRange] = useState<Range>("year");
  const [group, setGroup] = useState<PlatformGroup>("tenant");
  const asked = { ...daysOf(range, new Date()), group_by: group };
  const usage = useQuery(platformUsageQuery(asked));
  return (
    <UsageView
      title="Usage of all tenants"
      usage={usage}
      groups={GROUPS}
      group={group}
      onGroup={setGroup}
      range={range}
      onRange={setRange}
      table={usageTable(null, asked)}
    >
      What every tenant held, and what that costs at{" "}
      <Anchor component={Link} to={addresses.prices}>
        the platform&apos;s prices
      </Anchor>
      .
    </UsageView>
  );
}
