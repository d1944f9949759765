import { Button, Center, Paper, Skeleton } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { takeOutToken, tenantTokensQuery } from "@/api/tokens";
import type { TenantToken } from "@/api/types";
import { NotFoundPage } from "@/app/NotFoundPage";
import { useMe, useTenant } from "@/app/session";
import { EmptyState } from "@/components/EmptyState";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";
import { EndTokenModal } from "@/features/accounts/EndTokenModal";
import { TokenTable } from "@/features/accounts/TokenTable";

const whose = ({ owner }: TenantToken) => owner.display_name || owner.username;

export default function TenantTokensPage() {
  const { slug, role, display_name } = useTenant();
  const { is_platform_admin } = useMe();
  const administers = role === "admin" || is_platform_admin;
  const tokens = useInfiniteQuery({ ...tenantTokensQuery(slug), enabled: administers });
  if (!administers) return <NotFoundPage />;
  const rows = tokens.data?.pages.flatMap(({ results }) => results) ?? [];
  return (
    <>
      <PageHeading title="Tokens">
        What scripts reach {display_name} with: whose it is, what it may do, and when and from where it
        was used last.
      </PageHeading>
      {tokens.isPending && <Skeleton height={160} />}
      {tokens.error && (
        <ProblemNotice
          title="The tokens cannot be shown"
          error={tokens.error}
          onRetry={() => void tokens.refetch()}
        />
      )}
      {tokens.isSuccess && rows.length === 0 && (
        <EmptyState icon="key" title="No script reaches this tenant">
          Members make tokens on their account page. Those that reach this tenant are listed here.
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Paper>
          <Reaching tenant={slug} tokens={rows} />
        </Paper>
      )}
      {tokens.hasNextPage && (
        <Center mt="md">
          <Button
            variant="default"
            loading={tokens.isFetchingNextPage}
            onClick={() => void tokens.fetchNextPage()}
          >
            Show more
          </Button>
        </Center>
      )}
    </>
  );
}

function Reaching({ tenant, tokens }: { tenant: string; tokens: TenantToken[] }) {
  const queries = useQueryClient();
  const [ending, setEnding] = useState<TenantToken | null>(null);
  const end = useMutation({
    mutationFn: (token: string) => takeOutToken(tenant, token),
    onSuccess: async () => {
      setEnding(null);
      await queries.invalidateQueries({ queryKey: keys.tenantTokens(tenant) });
    },
  });
  return (
    <>
      <TokenTable
        tokens={tokens}
        second={{ title: "Whose", of: whose }}
        ending="Shut out"
        onEnd={setEnding}
      />
      <EndTokenModal
        name={ending?.name ?? null}
        ending="Shut out"
        pending={end.isPending}
        error={end.error}
        onClose={() => setEnding(null)}
        onConfirm={() => {
          if (ending) end.mutate(ending.id);
        }}
      >
        {ending && consequence(ending)}
      </EndTokenModal>
    </>
  );
}

function consequence(token: TenantToken): string {
  const lost = `Scripts of ${whose(token)} that use it no longer reach this tenant, and connections that it opened here end within seconds.`;
  return token.only_here
    ? `${lost} It is for no other tenant, so it ends.`
    : `${lost} In other tenants it goes on. Its owner can make a new one.`;
}
