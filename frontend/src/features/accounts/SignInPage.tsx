import { Alert, Anchor, Box, Button, Group, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, useSearchParams } from "react-router";

import { meQuery, safeNext, signInAddress } from "@/api/accounts";
import { Icon, type IconName } from "@/components/Icon";
import { Logo } from "@/components/Logo";

import classes from "./SignInPage.module.css";

interface Failure {
  title: string;
  text: string;
  otherAccount: boolean;
}

const FAILURES: Record<string, Failure> = {
  no_access: {
    title: "This account has no access",
    text: "You are known, but no group of yours belongs to a tenant here. Ask your administrator, or use another account.",
    otherAccount: true,
  },
  failed: {
    title: "Signing in did not work",
    text: "The identity provider's answer was refused. Try again, or use another account.",
    otherAccount: true,
  },
  try_again: {
    title: "The identity provider does not answer",
    text: "Wait a moment, then try again.",
    otherAccount: false,
  },
};

const POINTS: { icon: IconName; title: string; text: string }[] = [
  { icon: "rocket", title: "A tool in seconds", text: "JupyterLab, VS Code, MLflow, with the CPU and memory you choose." },
  { icon: "key", title: "No credential to paste", text: "Your team's bucket and secrets are already there." },
  { icon: "services", title: "Your own space", text: "Each tenant has its own quota, data and people." },
];

export function SignInPage() {
  const [query] = useSearchParams();
  const next = query.get("next") ?? "/";
  const code = query.get("error");
  const failure = code === null ? undefined : (FAILURES[code] ?? FAILURES.failed);
  const { data: me } = useQuery(meQuery);
  useEffect(() => {
    document.title = "Sign in · Datalab";
  }, []);
  if (me && failure === undefined) return <Navigate to={safeNext(next)} replace />;
  return (
    <main className={classes.page}>
      <Box className={classes.story}>
        <Stack gap="xl" maw={440}>
          <Group gap="sm">
            <Logo size={36} />
            <Text fw={700} fz={22} lts={-0.4}>
              Datalab
            </Text>
          </Group>
          <Text className={classes.claim}>Data-science tools, ready when you are.</Text>
          <Stack gap="lg" component="ul" p={0} m={0} style={{ listStyle: "none" }}>
            {POINTS.map(({ icon, title, text }) => (
              <Group key={title} wrap="nowrap" align="flex-start" component="li">
                <ThemeIcon variant="light" size={36}>
                  <Icon name={icon} />
                </ThemeIcon>
                <div>
                  <Text fw={600}>{title}</Text>
                  <Text size="sm" c="dimmed">
                    {text}
                  </Text>
                </div>
              </Group>
            ))}
          </Stack>
        </Stack>
      </Box>
      <Box className={classes.door}>
        <Paper p="xl" radius="lg" shadow="sm" w="100%" maw={400}>
          <Stack gap="md">
            <div>
              <Title order={1}>Sign in</Title>
              <Text c="dimmed" size="sm" mt={4}>
                With your company&apos;s account. There is no other password to remember.
              </Text>
            </div>
            {failure && (
              <Alert color="red" title={failure.title} icon={<Icon name="alert" />} role="alert">
                {failure.text}
              </Alert>
            )}
            <Button component="a" href={signInAddress(next)} size="md" fullWidth>
              {failure ? "Try again" : "Sign in"}
            </Button>
            {failure?.otherAccount && (
              <Anchor href={signInAddress(next, { otherAccount: true })} size="sm" ta="center">
                Use another account
              </Anchor>
            )}
          </Stack>
        </Paper>
      </Box>
    </main>
  );
}
