import { expect, it } from "vitest";

import { headline } from "./states";

it.each([
  [[], "Every part works."],
  [[{ title: "Database", state: "slow" as const }], "Everything works, but slowly: database."],
  [
    [
      { title: "Gate", state: "failing" as const },
      { title: "Database", state: "slow" as const },
    ],
    "Not working: gate.",
  ],
])("says of %j what does not work", (parts, sentence) => {
  expect(headline(parts)).toBe(sentence);
});
