import { Button, Group, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { addMember } from "@/api/members";
import type { Role } from "@/api/types";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { ROLE_OPTIONS, ROLES } from "./roles";
import { useChange } from "./useChange";

interface AddMemberModalProps {
  opened: boolean;
  onClose: () => void;
}

export function AddMemberModal({ opened, onClose }: AddMemberModalProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Add a person</Text>}>
      <AddMemberForm onClose={onClose} />
    </Modal>
  );
}

function AddMemberForm({ onClose }: { onClose: () => void }) {
  const { slug } = useTenant();
  const [username, setUsername] = useState("");
  const [role, setRole] = useState<Role>("member");
  const add = useChange(
    () => addMember(slug, username.trim(), role),
    (member) => {
      notifyDone(`${member.username} is a member now`);
      onClose();
    },
  );
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    add.mutate(undefined);
  };
  return (
    <form onSubmit={submit} aria-label="Add a person">
      <Stack>
        <TextInput
          label="User name"
          description="Of somebody who has signed in here before. All others can be invited."
          required
          maxLength={150}
          data-autofocus
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <RoleField role={role} onChange={setRole} />
        {add.error && <ProblemNotice title="Nobody was added" error={add.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={username.trim() === ""}>
            Add
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function RoleField({ role, onChange }: { role: Role; onChange: (role: Role) => void }) {
  return (
    <Select
      label="Role"
      description={`This person ${ROLES[role].may}.`}
      data={ROLE_OPTIONS}
      value={role}
      allowDeselect={false}
      onChange={(value) => onChange((value ?? "member"))}
    />
  );
}
