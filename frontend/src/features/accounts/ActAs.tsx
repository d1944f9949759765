import { Button, Group, NumberInput, Paper, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { startActing } from "@/api/acting";
import { ProblemNotice } from "@/components/ProblemNotice";

import { beSomebodyElse } from "./leave";

const SHORTEST_REASON = 10;

/** For support: see what a member sees, for a while. */
export function ActAs() {
  const [username, setUsername] = useState("");
  const [reason, setReason] = useState("");
  const [minutes, setMinutes] = useState(30);
  const start = useMutation({
    mutationFn: () => startActing({ username: username.trim(), reason: reason.trim(), minutes }),
    onSuccess: beSomebodyElse,
  });
  const complete = username.trim() !== "" && reason.trim().length >= SHORTEST_REASON;
  return (
    <Paper component="section" aria-label="Act as a member">
      <Stack gap="md">
        <div>
          <Title order={2}>Act as a member</Title>
          <Text size="sm" c="dimmed">
            To help somebody, see what they see. They and their tenant&apos;s administrators can read that
            you did and why; every event names you both. You cannot grant anything, read secrets or make
            tokens, and tools open as yourself.
          </Text>
        </div>
        <form
          aria-label="Act as a member"
          onSubmit={(event) => {
            event.preventDefault();
            if (complete) start.mutate();
          }}
        >
          <Stack gap="sm">
            <Group align="flex-start" gap="sm">
              <TextInput
                label="User name"
                value={username}
                maxLength={150}
                onChange={({ currentTarget }) => setUsername(currentTarget.value)}
                style={{ flex: "1 1 200px" }}
              />
              <NumberInput
                label="Minutes"
                value={minutes}
                min={1}
                max={60}
                allowDecimal={false}
                clampBehavior="strict"
                onChange={(value) => {
                  if (typeof value === "number") setMinutes(value);
                }}
                w={110}
              />
            </Group>
            <Textarea
              label="Reason"
              description="The member reads it. Ten characters or more, such as a ticket and what it is about."
              value={reason}
              maxLength={500}
              autosize
              minRows={2}
              onChange={({ currentTarget }) => setReason(currentTarget.value)}
            />
            {start.error && <ProblemNotice title="You cannot act as this person" error={start.error} />}
            <Group>
              <Button type="submit" color="orange" autoContrast loading={start.isPending} disabled={!complete}>
                Begin
              </Button>
            </Group>
          </Stack>
        </form>
      </Stack>
    </Paper>
  );
}
