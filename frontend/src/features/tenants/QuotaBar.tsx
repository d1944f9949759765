import { Box, Group, Progress, Text } from "@mantine/core";

import { formatAmount, formatResource, parseQuantity, titleOf } from "@/components/quantity";

interface QuotaBarProps {
  resource: string;
  limit: string | number;
  used: string | number;
  /** What one launch would add. */
  asked?: string | number | undefined;
  /** Said beside the name where it is not the tenant's. */
  whose?: string | undefined;
  size?: "sm" | "lg";
}

const share = (part: number, whole: number) => (whole > 0 ? Math.min(100, (100 * part) / whole) : 0);

/** Used, this launch and free of one resource, as a picture and in words. */
export function QuotaBar({ resource, limit, used, asked, whose, size = "sm" }: QuotaBarProps) {
  const [whole, taken] = [parseQuantity(limit), parseQuantity(used)];
  const added = asked === undefined ? 0 : parseQuantity(asked);
  const over = taken + added > whole;
  const words =
    added > 0
      ? `${formatAmount(resource, used, limit)} + ${formatAmount(resource, added, limit)} of ${formatResource(resource, limit)}`
      : `${formatAmount(resource, used, limit)} of ${formatResource(resource, limit)}`;
  const title = titleOf(resource);
  return (
    <Box>
      <Group justify="space-between" gap="xs" mb={4} wrap="nowrap">
        <Text size={size === "lg" ? "sm" : "xs"} fw={550}>
          {title}
          {whose === undefined ? null : (
            <Text span size="xs" c="dimmed" fw={400}>
              {` · ${whose}`}
            </Text>
          )}
        </Text>
        <Text size="xs" c={over ? "red" : "dimmed"} className="numbers" fw={over ? 600 : 400}>
          {words}
        </Text>
      </Group>
      <Progress.Root size={size === "lg" ? 12 : 6} aria-label={`${title}: ${words}`}>
        <Progress.Section
          value={share(taken, whole)}
          color="gray.5"
          aria-label={`${title} used: ${formatResource(resource, used)}`}
        />
        {added > 0 && (
          <Progress.Section
            value={share(Math.min(added, Math.max(whole - taken, 0)) || (over ? whole * 0.04 : 0), whole)}
            color={over ? "red" : "iris"}
            striped={over}
            aria-label={`${title} of this launch: ${formatResource(resource, added)}`}
          />
        )}
      </Progress.Root>
    </Box>
  );
}
