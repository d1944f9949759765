import { Button, Group, Modal, Select, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";

import { keys } from "@/api/keys";
import { changeRule, createRule, deleteRule } from "@/api/people";
import { asProblem } from "@/api/problem";
import type { GroupRule, RuleDraft } from "@/api/types";
import { notifyDone } from "@/components/notify";
import { ProblemNotice } from "@/components/ProblemNotice";

import { asDraft, EMPTY, isComplete, ROLES_OF_RULES, withDraft } from "./drafts";
import type { Editing } from "./GroupMappingPage";
import { MappingEffect } from "./MappingEffect";

interface RuleModalProps {
  rules: GroupRule[];
  editing: Editing | null;
  onClose: () => void;
}

export function RuleModal({ rules, editing, onClose }: RuleModalProps) {
  const title = editing?.deleting ? "Delete this rule?" : editing?.rule ? "Change the rule" : "New rule";
  return (
    <Modal opened={editing !== null} onClose={onClose} size="lg" title={<Text fw={650}>{title}</Text>}>
      {editing?.deleting && editing.rule && (
        <DeleteRule rules={rules} rule={editing.rule} onClose={onClose} />
      )}
      {editing && !editing.deleting && <RuleForm rules={rules} rule={editing.rule} onClose={onClose} />}
    </Modal>
  );
}

interface RuleFormProps {
  rules: GroupRule[];
  rule: GroupRule | null;
  onClose: () => void;
}

function RuleForm({ rules, rule, onClose }: RuleFormProps) {
  const [draft, setDraft] = useState<RuleDraft>(rule ? asDraft(rule) : EMPTY);
  const [asked] = useDebouncedValue(draft, 400);
  const id = rule?.id ?? null;
  const save = useSaving(() => (id === null ? createRule(draft) : changeRule(id, draft)), onClose);
  const set = (change: Partial<RuleDraft>) => setDraft({ ...draft, ...change });
  const wrong = save.error ? asProblem(save.error).fields : {};
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Rule">
      <Stack>
        <TextInput
          label="Groups"
          description="A group's name, or a pattern with *, {tenant} and {role}"
          required
          maxLength={200}
          data-autofocus
          value={draft.pattern}
          onChange={(event) => set({ pattern: event.currentTarget.value })}
          error={wrong.pattern?.[0]}
        />
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <Select
            label="Role"
            data={ROLES_OF_RULES}
            value={draft.role}
            allowDeselect={false}
            onChange={(value) => set({ role: value ?? "member" })}
          />
          <TextInput
            label="Tenant"
            placeholder="Short name, or {tenant}"
            maxLength={40}
            disabled={draft.role === "platform-admin"}
            value={draft.role === "platform-admin" ? "" : draft.tenant}
            onChange={(event) => set({ tenant: event.currentTarget.value })}
          />
        </SimpleGrid>
        <TextInput
          label="What it is for"
          maxLength={200}
          value={draft.description}
          onChange={(event) => set({ description: event.currentTarget.value })}
        />
        {isComplete(asked) && <MappingEffect rules={withDraft(rules, id, asked)} />}
        {save.error && <ProblemNotice title="The rule was not saved" error={save.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending} disabled={!isComplete(draft)}>
            Save and apply
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function DeleteRule({ rules, rule, onClose }: RuleFormProps & { rule: GroupRule }) {
  const remove = useSaving(() => deleteRule(rule.id ?? ""), onClose);
  return (
    <Stack>
      <MappingEffect rules={withDraft(rules, rule.id, null)} />
      {remove.error && <ProblemNotice title="The rule was not deleted" error={remove.error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          Delete and apply
        </Button>
      </Group>
    </Stack>
  );
}

function useSaving(save: () => Promise<unknown>, onClose: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: save,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.groupRules });
      notifyDone("The rules are saved", "They reach everybody who is known within seconds.");
      onClose();
    },
  });
}
