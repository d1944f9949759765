import { Alert, Button, Group, List, Modal, Select, Skeleton, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { upgradeQuery, upgradeService } from "@/api/services";
import type { Service, UpgradeOffer } from "@/api/types";
import { useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { describeSize } from "./describe";
import { RefusedChange } from "./RefusedChange";
import { nameOfField, requestOf, whyNoUpgrade } from "./upgrading";

interface UpgradeModalProps {
  service: Service;
  opened: boolean;
  onClose: () => void;
}

/** What another version of its chart would change, before anything is done. */
export function UpgradeModal({ service, opened, onClose }: UpgradeModalProps) {
  const { slug } = useTenant();
  const [version, setVersion] = useState<string>();
  const offer = useQuery({
    ...upgradeQuery({ tenant: slug, service: service.id }, version),
    enabled: opened,
    placeholderData: (before) => before,
  });
  return (
    <Modal opened={opened} onClose={onClose} size="lg" title={<Text fw={650}>Upgrade {service.name}</Text>}>
      {offer.error && (
        <ProblemNotice
          title="What it would change cannot be shown"
          error={offer.error}
          onRetry={() => void offer.refetch()}
        />
      )}
      {offer.isPending && <Skeleton height={200} />}
      {offer.data && !offer.error && (
        <Offer
          service={service}
          offer={offer.data}
          stale={offer.isPlaceholderData}
          onVersion={setVersion}
          onClose={onClose}
        />
      )}
    </Modal>
  );
}

interface OfferProps {
  service: Service;
  offer: UpgradeOffer;
  stale: boolean;
  onVersion: (version: string) => void;
  onClose: () => void;
}

function Offer({ service, offer, stale, onVersion, onClose }: OfferProps) {
  const { slug } = useTenant();
  const queries = useQueryClient();
  const upgrade = useMutation({
    mutationFn: () => upgradeService({ tenant: slug, service: service.id }, requestOf(offer)),
    onSuccess: () => {
      notifyDone(`${service.name} is on its way to ${offer.version}`);
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.tenant(slug) }),
  });
  const refused = Object.entries(offer.refused);
  const why = whyNoUpgrade(offer);
  const problem = upgrade.error ? asProblem(upgrade.error) : null;
  return (
    <Stack gap="md" aria-busy={stale}>
      <Versions offer={offer} onVersion={onVersion} />
      <SizeChange offer={offer} />
      {refused.length > 0 && (
        <Alert color="yellow" icon={<Icon name="alert" />} title={`What ${offer.version} does not take of your choices`}>
          <List size="sm">
            {refused.map(([path, reason]) => (
              <List.Item key={path} style={{ overflowWrap: "anywhere" }}>
                <b>{nameOfField(path)}</b>: {reason}
              </List.Item>
            ))}
          </List>
          <Text size="sm" mt="xs">
            These are left out, and the new version&apos;s own defaults hold.
          </Text>
        </Alert>
      )}
      {why !== null && (
        <Alert color="red" icon={<Icon name="alert" />} title="It cannot be upgraded as it is">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {why}
          </Text>
        </Alert>
      )}
      {problem && <RefusedChange title="Not upgraded" problem={problem} />}
      <Group justify="space-between">
        <Text size="sm" c="dimmed" style={{ flex: "1 1 220px" }}>
          {service.phase === "paused"
            ? "It stays paused, and starts with the new version when you resume it."
            : "The tool is started anew; what runs in it ends. Its storage and address stay."}
        </Text>
        <Group gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={upgrade.isPending} disabled={why !== null || stale} onClick={() => upgrade.mutate()}>
            {refused.length > 0 ? "Upgrade without these" : "Upgrade"}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}

function Versions({ offer, onVersion }: { offer: UpgradeOffer; onVersion: (version: string) => void }) {
  if (offer.version === offer.version_now) {
    return (
      <Text size="sm">
        The catalogue&apos;s {offer.version} is not the one that this service is made of any more. It keeps its own
        until you take the new one.
      </Text>
    );
  }
  if (offer.versions.length > 1) {
    return (
      <Select
        label={`From ${offer.version_now} to`}
        data={offer.versions}
        value={offer.version}
        allowDeselect={false}
        onChange={(version) => version !== null && onVersion(version)}
      />
    );
  }
  return (
    <Text size="sm">
      From {offer.version_now} to <b>{offer.version}</b>.
    </Text>
  );
}

function SizeChange({ offer }: { offer: UpgradeOffer }) {
  if (offer.footprint === null) return null;
  const before = describeSize(offer.footprint_now);
  const after = describeSize(offer.footprint);
  return (
    <Text size="sm">
      {before === after ? `It takes as much as now: ${after}.` : `It takes ${after} instead of ${before}.`}
    </Text>
  );
}
