import { expect, test } from "vitest";

import { describeChosenSize } from "./describe";

const resources = { cpu: "2", memory: "4Gi", gpu: 0, storage: "0" };

test("a size is told with its preset as the form calls it, and by its short name once it is withdrawn", () => {
  expect(describeChosenSize({ resources, preset: "", preset_title: "" })).toBe("2 cores, 4 GiB");
  expect(describeChosenSize({ resources, preset: "a100", preset_title: "A slice of an A100" })).toBe(
    "2 cores, 4 GiB (preset “A slice of an A100”)",
  );
  expect(describeChosenSize({ resources, preset: "a100", preset_title: "" })).toBe("2 cores, 4 GiB (preset “a100”)");
});
