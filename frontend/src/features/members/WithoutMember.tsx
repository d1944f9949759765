import { Alert, Anchor, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";

import { handOver, withoutMemberQuery } from "@/api/members";
import { removeService } from "@/api/services";
import type { Service } from "@/api/types";
import { addresses } from "@/app/addresses";
import { useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";
import { RemoveServiceModal } from "@/features/launcher/RemoveServiceModal";

import { MemberPicker } from "./MemberPicker";
import { useChange } from "./useChange";

/** Services whose owner may not run them any more: they are paused, and wait for a decision. */
export function WithoutMember() {
  const { slug } = useTenant();
  const services = useQuery(withoutMemberQuery(slug));
  const [given, setGiven] = useState<Service | null>(null);
  const [gone, setGone] = useState<Service | null>(null);
  const remove = useChange((service: Service) => removeService({ tenant: slug, service: service.id }));
  if (!services.data || services.data.length === 0) return null;
  return (
    <Alert color="orange" icon={<Icon name="alert" />} title="Services without a member">
      <Text size="sm" mb="xs">
        Their owners may not run them any more. They are paused until you decide.
      </Text>
      {remove.error && <ProblemNotice title="It was not removed" error={remove.error} />}
      <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: "none" }}>
        {services.data.map((service) => (
          <Group component="li" key={service.id} justify="space-between" gap="xs">
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              <Anchor component={Link} to={addresses.service(slug, service.id)} fw={600}>
                {service.name}
              </Anchor>{" "}
              of {service.owner.username}, {service.chart}
            </Text>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                onClick={() => setGiven(service)}
                aria-label={`Hand over ${service.name}`}
              >
                Hand over…
              </Button>
              <Button
                size="xs"
                variant="default"
                c="red"
                onClick={() => setGone(service)}
                aria-label={`Remove ${service.name}`}
              >
                Remove…
              </Button>
            </Group>
          </Group>
        ))}
      </Stack>
      <HandOverModal service={given} onClose={() => setGiven(null)} />
      {gone && (
        <RemoveServiceModal
          service={gone}
          opened
          onClose={() => setGone(null)}
          onConfirm={() => {
            remove.mutate(gone);
            setGone(null);
          }}
        />
      )}
    </Alert>
  );
}

function HandOverModal({ service, onClose }: { service: Service | null; onClose: () => void }) {
  return (
    <Modal opened={service !== null} onClose={onClose} title={<Text fw={650}>Hand over {service?.name}</Text>}>
      {service && <HandOverForm key={service.id} service={service} onClose={onClose} />}
    </Modal>
  );
}

function HandOverForm({ service, onClose }: { service: Service; onClose: () => void }) {
  const { slug } = useTenant();
  const [heir, setHeir] = useState<string | null>(null);
  const give = useChange(
    (to: string) => handOver(slug, service.id, to),
    (_, to) => {
      notifyDone(`${service.name} is ${to}'s now`);
      onClose();
    },
  );
  return (
    <Stack>
      <Text size="sm">
        It keeps its storage and its address, and restarts with the new owner&apos;s name. Personal secrets of{" "}
        {service.owner.username} are taken out; shared ones stay.
      </Text>
      <MemberPicker label="To whom" value={heir} except={service.owner.username} onChange={setHeir} />
      {give.error && <ProblemNotice title="It was not handed over" error={give.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button loading={give.isPending} disabled={heir === null} onClick={() => heir !== null && give.mutate(heir)}>
          Hand over
        </Button>
      </Group>
    </Stack>
  );
}
