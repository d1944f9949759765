import { Anchor, Button, Group, Skeleton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { deletionQuery } from "@/api/deletion";
import { asProblem } from "@/api/problem";
import { addresses } from "@/app/addresses";
import { PlatformOnly } from "@/app/PlatformOnly";
import { useTenant } from "@/app/session";
import { EmptyState } from "@/components/EmptyState";
import { Icon } from "@/components/Icon";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { DeletionForm } from "./DeletionForm";
import { DeletionProgress } from "./DeletionProgress";
import { WhatGoes } from "./WhatGoes";

/** The guided deletion: what goes, then the name and the time to think it over, then how far it is. */
export default function DeleteTenantPage() {
  return (
    <PlatformOnly>
      <Deletion />
    </PlatformOnly>
  );
}

function Deletion() {
  const tenant = useTenant();
  const deletion = useQuery(deletionQuery(tenant.slug));
  const { data, error } = deletion;
  if (error && asProblem(error).code === "not_found") return <Gone name={tenant.display_name} />;
  return (
    <>
      <Anchor component={Link} to={addresses.tenantSettings(tenant.slug)} size="sm" mb="xs" display="inline-block">
        <Group gap={6}>
          <Icon name="back" size={14} /> Settings
        </Group>
      </Anchor>
      <PageHeading title={`Delete ${tenant.display_name}`}>
        {data?.removal ? "It goes step by step; you can leave this page." : "Look at what goes, then say so once more."}
      </PageHeading>
      {deletion.isPending && <Skeleton height={320} />}
      {error && (
        <ProblemNotice
          title="What goes cannot be said now, so nothing can be deleted"
          error={error}
          onRetry={() => void deletion.refetch()}
        />
      )}
      {data?.leaving && data.confirmation !== null && (
        <>
          <WhatGoes tenant={tenant.slug} leaving={data.leaving} />
          <DeletionForm tenant={tenant} confirmation={data.confirmation} onChanged={() => void deletion.refetch()} />
        </>
      )}
      {data?.removal && <DeletionProgress slug={tenant.slug} removal={data.removal} />}
    </>
  );
}

function Gone({ name }: { name: string }) {
  return (
    <EmptyState
      icon="check"
      title={`${name} is gone`}
      action={
        <Button component={Link} to={addresses.tenants}>
          To the tenants
        </Button>
      }
    >
      Its services, files, secrets and members are deleted. Its audit trail stays for the administrators of
      the platform.
    </EmptyState>
  );
}
