import { Group, Stack, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";

interface PageHeadingProps {
  title: string;
  children?: ReactNode;
  /** Buttons at the right. */
  actions?: ReactNode;
}

/** Names the page in the tab, and takes the focus so that a screen reader says where one is. */
export function PageHeading({ title, children, actions }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Datalab`;
  }, [title]);
  useEffect(() => {
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Group justify="space-between" align="flex-start" gap="md" mb="lg">
      <Stack gap={4} style={{ flex: "1 1 260px" }}>
        <Title order={1} ref={heading} tabIndex={-1}>
          {title}
        </Title>
        {children !== undefined && (
          <Text c="dimmed" maw={680} component="div">
            {children}
          </Text>
        )}
      </Stack>
      {actions}
    </Group>
  );
}
