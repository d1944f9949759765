import { Anchor, Paper, Title } from "@mantine/core";
import Markdown from "markdown-to-jsx";

import type { Chart } from "@/api/types";

/** A picture from elsewhere would be refused by the content security policy: its text stands there. */
const OPTIONS = {
  disableParsingRawHTML: true,
  overrides: {
    // A page has one first heading, and the readme stands below a second one.
    h1: { component: "h3" },
    h2: { component: "h3" },
    h3: { component: "h4" },
    // They scroll where a line is wider than a phone, also by the keyboard.
    pre: { props: { tabIndex: 0 } },
    table: { props: { tabIndex: 0 } },
    img: ({ alt }: { alt?: string }) => <em>{alt}</em>,
    a: { component: Anchor, props: { target: "_blank", rel: "noopener noreferrer" } },
  },
} as const;

/** What the chart says about itself. */
export function Readme({ chart }: { chart: Chart }) {
  if (chart.readme.trim() === "") return null;
  return (
    <Paper component="section" aria-label={`About ${chart.title}`}>
      <Title order={2} mb="xs">
        About {chart.title}
      </Title>
      <div className="readme">
        <Markdown options={OPTIONS}>{chart.readme}</Markdown>
      </div>
    </Paper>
  );
}
