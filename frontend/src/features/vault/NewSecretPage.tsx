import { Button, Group, Paper, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";

import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { writeSecret } from "@/api/vault";
import { addresses } from "@/app/addresses";
import { useTenant } from "@/app/session";
import { notifyDone } from "@/components/notify";
import { PageHeading } from "@/components/PageHeading";
import { ProblemNotice } from "@/components/ProblemNotice";

import { dataOf, newRow, PATH_HINT, problemWithName, problemWithPath } from "./rows";
import { SecretRows } from "./SecretRows";

export default function NewSecretPage() {
  const { slug, display_name } = useTenant();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [whose, setWhose] = useState("shared");
  const [name, setName] = useState("");
  const [rows, setRows] = useState(() => [newRow()]);
  const [tried, setTried] = useState(false);
  const path = whose === "personal" ? `personal/${name}` : name;
  const wrong = problemWithPath(path) ?? rows.map((row) => problemWithName(row, rows)).find(Boolean);
  const write = useMutation({
    mutationFn: () => writeSecret(slug, path, dataOf(rows), 0),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.secrets(slug) });
      notifyDone(`Saved ${path}`);
      void navigate(addresses.secrets(slug));
    },
  });
  const taken = write.error && asProblem(write.error).code === "conflict";
  return (
    <>
      <PageHeading title="New secret">One path holds any number of names with their values.</PageHeading>
      <Paper
        component="form"
        aria-label="New secret"
        onSubmit={(event: React.SubmitEvent) => {
          event.preventDefault();
          setTried(true);
          if (wrong === undefined) write.mutate();
        }}
      >
        <Stack gap="lg">
          <SegmentedControl
            aria-label="Who can use it"
            value={whose}
            onChange={setWhose}
            data={[
              { value: "shared", label: `Everybody in ${display_name}` },
              { value: "personal", label: "Only me" },
            ]}
          />
          <TextInput
            label="Path"
            description={PATH_HINT}
            placeholder="warehouse/reader"
            value={name}
            error={
              taken
                ? "There is such a secret already. Open it to change it, or choose another path."
                : tried && problemWithPath(path)
            }
            onChange={({ currentTarget }) => setName(currentTarget.value.trim())}
            autoComplete="off"
            spellCheck={false}
          />
          <SecretRows rows={rows} onChange={setRows} showProblems={tried} hidden={false} />
          {write.error && !taken && <ProblemNotice title="Not saved" error={write.error} />}
          <Group>
            <Button type="submit" loading={write.isPending}>
              Save
            </Button>
            <Button variant="default" component={Link} to={addresses.secrets(slug)}>
              Cancel
            </Button>
          </Group>
        </Stack>
      </Paper>
    </>
  );
}
