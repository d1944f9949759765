import { Alert, Button, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { stopActing } from "@/api/acting";
import type { Acting } from "@/api/types";
import { useMe } from "@/app/session";
import { Icon } from "@/components/Icon";
import { notifyProblem } from "@/components/notify";

import { beSomebodyElse } from "./leave";
import { remaining } from "./remaining";

/** On every page while somebody acts as another: who, until when, and the way out. */
export function ActingBanner() {
  const { acting } = useMe();
  return acting === null ? null : <Banner acting={acting} />;
}

function Banner({ acting }: { acting: Acting }) {
  const left = useSecondsUntil(acting.until);
  const stop = useMutation({
    mutationFn: stopActing,
    onSuccess: beSomebodyElse,
    onError: (error) => notifyProblem("You still act as somebody else", error),
  });
  const over = left <= 0;
  const { mutate } = stop;
  useEffect(() => {
    // Not only a reload: this machine's clock may be ahead of the platform's.
    if (over) mutate();
  }, [over, mutate]);
  return (
    <Alert
      color="orange"
      variant="filled"
      autoContrast
      mb="md"
      role="region"
      aria-label="Acting as somebody else"
      icon={<Icon name="account" />}
      style={{ position: "sticky", top: 68, zIndex: 90 }}
    >
      <Group justify="space-between" gap="sm">
        <div style={{ flex: "1 1 220px", minWidth: 0 }}>
          <Text fw={650} style={{ overflowWrap: "anywhere" }}>
            You act as {acting.as}
          </Text>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            Because: {acting.reason}. Tools open as yourself, {acting.by}; secrets stay closed.
          </Text>
        </div>
        <Group gap="sm" wrap="nowrap">
          <Text role="timer" fw={650} style={{ fontVariantNumeric: "tabular-nums" }}>
            {remaining(left)} left
          </Text>
          <Button variant="white" color="dark" loading={stop.isPending} onClick={() => stop.mutate()}>
            Stop
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}

function useSecondsUntil(moment: string): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(ticking);
  }, []);
  return Math.ceil((Date.parse(moment) - now) / 1000);
}
