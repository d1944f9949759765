import { Badge, Group, Skeleton, Stack, Switch, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import type { Service } from "@/api/types";
import { useTenant } from "@/app/session";
import { CopyText } from "@/components/CopyText";

import { useLog } from "./useLog";

/** Nearer than this to the end, the view stays at the end. */
const NEAR_END_PX = 40;

export function LogView({ service, height = "calc(100dvh - 150px)" }: { service: Service; height?: string }) {
  const { slug } = useTenant();
  const [follow, setFollow] = useState(true);
  const { text, problem, following } = useLog(slug, service.id, follow);
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useEffect(() => {
    if (box.current && atEnd.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Group gap="sm">
          <Switch
            label="Follow"
            checked={follow}
            onChange={({ currentTarget }) => setFollow(currentTarget.checked)}
          />
          {follow && (
            <Badge variant="light" color={following ? "teal" : "gray"} tt="none">
              {following ? "live" : "connecting"}
            </Badge>
          )}
        </Group>
        <CopyText value={text ?? ""} label="Copy the log" />
      </Group>
      {problem !== null && (
        <Text c="red" size="sm" role="alert">
          {problem}
        </Text>
      )}
      {text === null && problem === null && <Skeleton height={200} />}
      {text !== null && (
        <pre
          className="raw"
          ref={box}
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard
          tabIndex={0}
          role="log"
          aria-live="off"
          aria-label={`Log of ${service.name}`}
          style={{ height, overflowY: "auto" }}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
          }}
        >
          {text === "" ? "Nothing has been written yet." : text}
        </pre>
      )}
    </Stack>
  );
}
