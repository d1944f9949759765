import { Alert, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { tenantQuery } from "@/api/tenants";
import type { Tenant } from "@/api/types";
import { Icon } from "@/components/Icon";
import { RelativeTime } from "@/components/RelativeTime";

const LOOK_AGAIN_MS = 20_000;

/** On all pages of a tenant that is not as it should be: what is the matter, and whom to ask. */
export function TenantBanner({ slug }: { slug: string }) {
  const { data: tenant } = useQuery({ ...tenantQuery(slug), refetchInterval: LOOK_AGAIN_MS });
  if (tenant === undefined || tenant.state === "active") return null;
  return (
    <Alert
      color={tenant.state === "deleting" ? "red" : "yellow"}
      variant="light"
      mb="lg"
      icon={<Icon name="alert" />}
      title={TITLES[tenant.state](tenant.display_name)}
      role="status"
      // Mantine's own colour of a yellow title has too little contrast.
      styles={{ title: { color: "var(--mantine-color-text)" } }}
    >
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        <Explanation tenant={tenant} />
      </Text>
    </Alert>
  );
}

const TITLES = {
  suspended: (name: string) => `${name} is suspended`,
  provisioning: (name: string) => `${name} is being made`,
  deleting: (name: string) => `${name} is being deleted`,
};

function Explanation({ tenant }: { tenant: Tenant }) {
  if (tenant.state === "provisioning") {
    return tenant.problem === ""
      ? "Its bucket and secrets are ready in a few seconds."
      : `${tenant.problem} This is tried again.`;
  }
  if (tenant.state === "deleting" || tenant.suspension === null) {
    return "Nothing in it can be changed any more.";
  }
  const { reason, by, at } = tenant.suspension;
  return (
    <>
      {by} suspended it <RelativeTime at={at} />: {reason}. What ran is paused and nothing is lost. You can
      look at everything; launching and changing wait until {by}, or another administrator of the
      platform, reactivates it.
    </>
  );
}
