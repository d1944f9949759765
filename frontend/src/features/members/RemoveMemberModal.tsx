import { Button, Group, List, Modal, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { type Fate, removeMember } from "@/api/members";
import type { Member, ServicesFate } from "@/api/types";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { MemberPicker } from "./MemberPicker";
import { useChange } from "./useChange";

interface RemoveMemberModalProps {
  member: Member | null;
  onClose: () => void;
}

export function RemoveMemberModal({ member, onClose }: RemoveMemberModalProps) {
  const name = member === null ? "" : member.display_name || member.username;
  return (
    <Modal opened={member !== null} onClose={onClose} title={<Text fw={650}>Remove {name}?</Text>}>
      {member && <RemoveMemberForm key={member.username} member={member} onClose={onClose} />}
    </Modal>
  );
}

const FATES: Record<ServicesFate, { label: string; text: string }> = {
  pause: { label: "Pause them", text: "Nothing is lost. Decide later, on this page." },
  hand_over: {
    label: "Hand them over",
    text: "They restart as another member's, with that person's name and without personal secrets of this one.",
  },
  remove: { label: "Remove them", text: "What they run ends, and their own storage is deleted for good." },
};

function RemoveMemberForm({ member, onClose }: { member: Member; onClose: () => void }) {
  const { slug } = useTenant();
  const [services, setServices] = useState<ServicesFate>("pause");
  const [heir, setHeir] = useState<string | null>(null);
  const remove = useChange(
    (fate: Fate) => removeMember(slug, member.username, fate),
    () => {
      notifyDone(`${member.username} is no member any more`);
      onClose();
    },
  );
  const handsOver = services === "hand_over";
  return (
    <Stack>
      <List size="sm" spacing="xs">
        <List.Item>The page, scripts and open tools close for this person within ten seconds.</List.Item>
        {member.source === "groups" && (
          <List.Item>A group lets this person in. They are kept out until an admin lets them in again.</List.Item>
        )}
        <List.Item>Files in the bucket and shared secrets stay.</List.Item>
      </List>
      {member.services > 0 && (
        <Radio.Group
          label={`What becomes of ${member.services} ${member.services === 1 ? "service" : "services"}?`}
          value={services}
          onChange={(value) => setServices(value)}
        >
          <Stack gap="xs" mt="xs">
            {(Object.keys(FATES) as ServicesFate[]).map((fate) => (
              <Radio key={fate} value={fate} label={FATES[fate].label} description={FATES[fate].text} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      {handsOver && (
        <MemberPicker label="To whom" value={heir} except={member.username} onChange={setHeir} />
      )}
      {remove.error && <ProblemNotice title="Nobody was removed" error={remove.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button
          color="red"
          loading={remove.isPending}
          disabled={handsOver && heir === null}
          onClick={() => remove.mutate(handsOver && heir !== null ? { services, to: heir } : { services })}
        >
          Remove
        </Button>
      </Group>
    </Stack>
  );
}
