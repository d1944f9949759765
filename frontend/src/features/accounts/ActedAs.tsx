import { Paper, Stack, Text, Title } from "@mantine/core";

import { useMe } from "@/app/session";

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const at = (moment: string) => clock.format(new Date(moment));

/** Who of the support has stood in for this person lately. */
export function ActedAs() {
  const { acted_as_recently: times } = useMe();
  if (times.length === 0) return null;
  return (
    <Paper component="section" aria-label="Who acted as you">
      <Title order={2} mb="sm">
        Who acted as you
      </Title>
      <Stack gap="xs">
        {times.map(({ by, reason, started_at, until, ended_at }) => (
          <Text key={started_at} size="sm" style={{ overflowWrap: "anywhere" }}>
            <b>{by}</b> acted as you on {at(started_at)},{" "}
            {ended_at === null ? `until ${at(until)} at the latest` : `until ${at(ended_at)}`}, because:{" "}
            {reason}
          </Text>
        ))}
      </Stack>
    </Paper>
  );
}
