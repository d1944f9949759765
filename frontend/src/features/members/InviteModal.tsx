import { Alert, Button, Code, Group, Modal, NumberInput, Stack, Text, TextInput } from "@mantine/core";
import { type SyntheticEvent, useState } from "react";

import { invite } from "@/api/members";
import type { MadeInvitation, Role } from "@/api/types";
import { useTenant } from "@/app/session";
import { CopyText } from "@/components/CopyText";
import { ProblemNotice } from "@/components/ProblemNotice";

import { RoleField } from "./AddMemberModal";
import { useChange } from "./useChange";

interface InviteModalProps {
  opened: boolean;
  onClose: () => void;
}

export function InviteModal({ opened, onClose }: InviteModalProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={<Text fw={650}>Invite by e-mail address</Text>}>
      <InviteForm onClose={onClose} />
    </Modal>
  );
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const { slug } = useTenant();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<Role>("member");
  const [days, setDays] = useState(7);
  const make = useChange(() => invite(slug, email.trim(), role, days));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    make.mutate(undefined);
  };
  if (make.data) return <Made made={make.data} onClose={onClose} />;
  return (
    <form onSubmit={submit} aria-label="Invite">
      <Stack>
        <TextInput
          label="E-mail address"
          description="Whoever signs in with this address, checked by the identity provider, becomes a member."
          type="email"
          required
          maxLength={254}
          data-autofocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <RoleField role={role} onChange={setRole} />
        <NumberInput
          label="Days until it ends"
          min={1}
          max={30}
          allowDecimal={false}
          clampBehavior="strict"
          value={days}
          onChange={(value) => {
            if (typeof value === "number") setDays(value);
          }}
        />
        {make.error && <ProblemNotice title="Nobody was invited" error={make.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={make.isPending} disabled={email.trim() === ""}>
            Make the invitation
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({ made, onClose }: { made: MadeInvitation; onClose: () => void }) {
  return (
    <Stack>
      <InvitationLink made={made} />
      <Group justify="flex-end">
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}

/** Shown once; the platform keeps a hash of it only. */
export function InvitationLink({ made }: { made: MadeInvitation }) {
  const { mailed, email } = made;
  return (
    <Alert
      color={mailed ? "teal" : "yellow"}
      role="status"
      title={mailed ? `Sent to ${email}` : "Send them this link: it is shown this once"}
      // Mantine's own colour of a yellow title has too little contrast.
      styles={{ title: { color: "var(--mantine-color-text)" } }}
    >
      <Text size="sm" mb="xs">
        {mailed
          ? "Should the mail not arrive, send them this link yourself; it is shown this once."
          : `No mail was sent: ${made.not_mailed}`}{" "}
        It leads {email} to the right page. For anybody else it opens nothing.
      </Text>
      <Group gap="xs" wrap="nowrap">
        <Code style={{ overflowWrap: "anywhere" }}>{made.link}</Code>
        <CopyText value={made.link} label="Copy the link" />
      </Group>
    </Alert>
  );
}
