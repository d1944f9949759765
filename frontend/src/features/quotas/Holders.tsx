import { Anchor, Group, Stack, Text } from "@mantine/core";
import { Link } from "react-router";

import type { Quota } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useTenant } from "@/app/session";

import { inWords } from "./resources";

/** What holds how much of it, the largest first. */
export function Holders({ quota }: { quota: Quota }) {
  const { slug } = useTenant();
  const { services, complete } = quota.reserved_by;
  if (services.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nothing is reserved: no service holds any of it.
      </Text>
    );
  }
  return (
    <Stack component="ul" gap="xs" m={0} p={0} style={{ listStyle: "none" }} aria-label="What holds it">
      {services.map((one) => (
        <Group component="li" key={one.id} justify="space-between" gap={4}>
          <Text size="sm" component="span" style={{ overflowWrap: "anywhere" }}>
            <Anchor component={Link} to={addresses.service(slug, one.id)} size="sm">
              {one.name}
            </Anchor>{" "}
            of {one.owner}
          </Text>
          <Text size="sm" component="span" c="dimmed" className="numbers">
            {inWords(one.resources)}
          </Text>
        </Group>
      ))}
      {!complete && (
        <Text size="sm" component="li" c="dimmed">
          These hold most; there are more.
        </Text>
      )}
    </Stack>
  );
}
