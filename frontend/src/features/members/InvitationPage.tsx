import { Button, Group } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { signInAddress } from "@/api/accounts";
import { keys } from "@/api/keys";
import { acceptInvitation } from "@/api/members";
import { addresses } from "@/app/addresses";
import { useMe } from "@/app/session";
import { PageHeading } from "@/components/PageHeading";
import { PageSkeleton } from "@/components/PageSkeleton";
import { ProblemNotice } from "@/components/ProblemNotice";

/** Where the link of an invitation leads. The guard has sent all others to the sign-in page first. */
export default function InvitationPage() {
  const { token = "" } = useParams();
  const { email, username } = useMe();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { mutate, error } = useMutation({
    mutationFn: acceptInvitation,
    onSuccess: async (tenant) => {
      await queries.invalidateQueries({ queryKey: keys.me });
      await navigate(addresses.catalog(tenant), { replace: true });
    },
  });
  useEffect(() => mutate(token), [mutate, token]);
  if (!error) return <PageSkeleton />;
  return (
    <>
      <PageHeading title="Invitation">You are signed in as {email || username}.</PageHeading>
      <ProblemNotice title="This invitation does not let you in" error={error} onRetry={() => mutate(token)} />
      <Group mt="md">
        <Button component="a" href={signInAddress(`/invitation/${token}`, { otherAccount: true })}>
          Use another account
        </Button>
        <Button component={Link} to="/" variant="default">
          To your tools
        </Button>
      </Group>
    </>
  );
}
