import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { type TenantGroup, usageQuery, usageTable } from "@/api/usage";
import { useMe, useTenant } from "@/app/session";

import { daysOf, type Range } from "./ranges";
import { UsageView } from "./UsageView";

const GROUPS: Record<TenantGroup, string> = { member: "Member", chart: "Tool", service: "Service" };

export default function TenantUsagePage() {
  const tenant = useTenant();
  const admin = useMe().is_platform_admin || tenant.role === "admin";
  const [range, setRange] = useState<Range>("month");
  const [group, setGroup] = useState<TenantGroup>("member");
  const asked = { ...daysOf(range, new Date()), group_by: group };
  const usage = useQuery(usageQuery(tenant.slug, asked));
  return (
    <UsageView
      title="Usage"
      usage={usage}
      groups={GROUPS}
      group={group}
      onGroup={setGroup}
      range={range}
      onRange={setRange}
      table={usageTable(tenant.slug, asked)}
    >
      What the services of {tenant.display_name} held of its quota, and what that costs.
      {admin ? "" : " You see your own; what others used is one sum."}
    </UsageView>
  );
}
