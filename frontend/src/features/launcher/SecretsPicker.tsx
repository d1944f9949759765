import { Anchor, MultiSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";

import { asProblem } from "@/api/problem";
import { secretsQuery } from "@/api/vault";
import { addresses } from "@/app/addresses";
import { useRights, useTenant } from "@/app/session";

interface SecretsPickerProps {
  chosen: string[];
  error: string | undefined;
  onChange: (secrets: string[]) => void;
}

export function SecretsPicker({ chosen, error, onChange }: SecretsPickerProps) {
  const { slug } = useTenant();
  const { canChange } = useRights();
  const secrets = useQuery(secretsQuery(slug));
  const none = secrets.data?.length === 0;
  const listError = secrets.error ? asProblem(secrets.error).message : undefined;
  return (
    <>
      <MultiSelect
        label="Secrets the tool may read"
        description="Each value arrives as an environment variable and as a file below /vault/secrets."
        placeholder={none ? "This tenant has no secrets yet" : chosen.length === 0 ? "None" : ""}
        data={secrets.data ?? []}
        value={chosen}
        onChange={onChange}
        disabled={none}
        searchable
        clearable
        error={error ?? listError}
        maw={560}
      />
      {canChange && (
        <Text size="sm" mt="xs">
          <Anchor component={Link} to={addresses.newSecret(slug)} target="_blank" size="sm">
            Write a new secret
          </Anchor>{" "}
          <Text span c="dimmed" size="sm">
            (opens in a new tab; it appears here when you come back)
          </Text>
        </Text>
      )}
    </>
  );
}
