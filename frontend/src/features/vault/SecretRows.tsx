import { ActionIcon, Button, Group, Stack, Textarea, TextInput, Tooltip } from "@mantine/core";

import { Icon } from "@/components/Icon";

import { newRow, problemWithName, type Row } from "./rows";

interface SecretRowsProps {
  rows: Row[];
  onChange: (rows: Row[]) => void;
  /** Say what is wrong only once somebody tried to save. */
  showProblems: boolean;
  hidden: boolean;
}

export function SecretRows({ rows, onChange, showProblems, hidden }: SecretRowsProps) {
  const change = (id: number, part: Partial<Row>) =>
    onChange(rows.map((row) => (row.id === id ? { ...row, ...part } : row)));
  return (
    <Stack gap="sm">
      {rows.map((row) => (
        <Group key={row.id} align="flex-start" gap="sm" wrap="wrap">
          <TextInput
            label="Name"
            placeholder="DB_PASSWORD"
            value={row.name}
            error={showProblems ? problemWithName(row, rows) : undefined}
            onChange={({ currentTarget }) => change(row.id, { name: currentTarget.value.trim() })}
            autoComplete="off"
            spellCheck={false}
            style={{ flex: "1 1 180px" }}
          />
          <Textarea
            label="Value"
            value={row.value}
            onChange={({ currentTarget }) => change(row.id, { value: currentTarget.value })}
            autoComplete="off"
            spellCheck={false}
            autosize
            minRows={1}
            maxRows={8}
            style={{ flex: "2 1 220px" }}
            styles={hidden ? { input: { WebkitTextSecurity: "disc" } } : {}}
          />
          <Tooltip label="Take it out">
            <ActionIcon
              variant="subtle"
              color="gray"
              mt={28}
              disabled={rows.length === 1}
              onClick={() => onChange(rows.filter(({ id }) => id !== row.id))}
              aria-label={`Take ${row.name || "this name"} out`}
            >
              <Icon name="trash" size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ))}
      <div>
        <Button
          variant="default"
          size="xs"
          leftSection={<Icon name="plus" size={14} />}
          onClick={() => onChange([...rows, newRow()])}
        >
          Another name
        </Button>
      </div>
    </Stack>
  );
}
