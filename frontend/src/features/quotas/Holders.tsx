import { Anchor, Table, Text } from "@mantine/core";
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
    <Table.ScrollContainer minWidth={420} aria-label="What holds it">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Service</Table.Th>
            <Table.Th>Owner</Table.Th>
            <Table.Th>Holds</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {services.map((one) => (
            <Table.Tr key={one.id}>
              <Table.Td>
                <Anchor component={Link} to={addresses.service(slug, one.id)} size="sm">
                  {one.name}
                </Anchor>
              </Table.Td>
              <Table.Td>{one.owner}</Table.Td>
              <Table.Td className="numbers">{inWords(one.resources)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
        {!complete && <Table.Caption>These hold most; there are more.</Table.Caption>}
      </Table>
    </Table.ScrollContainer>
  );
}
