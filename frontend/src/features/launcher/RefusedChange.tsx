import { List } from "@mantine/core";

import type { Problem } from "@/api/problem";
import { ProblemNotice } from "@/components/ProblemNotice";

import { explainShortage } from "./whyNot";

/** Why a service was not changed, and what the quota lacks for it. */
export function RefusedChange({ title, problem }: { title: string; problem: Problem }) {
  return (
    <div>
      <ProblemNotice title={title} error={problem} />
      <List size="sm" mt="xs">
        {problem.shortages.map((shortage) => (
          <List.Item key={shortage.resource}>{explainShortage(shortage)}</List.Item>
        ))}
      </List>
    </div>
  );
}
