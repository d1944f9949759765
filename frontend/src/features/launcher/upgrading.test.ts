import { expect, test } from "vitest";

import type { UpgradeOffer } from "@/api/types";
import { someService } from "@/testing/services";

import { requestOf, rollBackLabel, upgradeLabel, whyNoUpgrade } from "./upgrading";

const SIZE = { cpu: "1", memory: "1Gi", gpu: 0, storage: "0" };
const OFFER: UpgradeOffer = {
  version_now: "1.3.0",
  version: "1.4.0",
  versions: ["1.4.0"],
  refused: {},
  problems: {},
  values: { theme: "dark" },
  resources: { cpu: "1" },
  footprint_now: SIZE,
  footprint: SIZE,
  findings: [],
  shortages: [],
  fits: true,
};

test.each([
  ["nothing is refused: all stays as it is", {}, { version: "1.4.0" }],
  ["a value is refused: the others are sent", { "values.colour": "no" }, { version: "1.4.0", values: { theme: "dark" } }],
  ["a size is refused: the others are sent", { "resources.gpu": "no" }, { version: "1.4.0", resources: { cpu: "1" } }],
])("where %s", (_, refused, request) => {
  expect(requestOf({ ...OFFER, refused })).toEqual(request);
});

test("what is in the way of an upgrade is said, each by its name", () => {
  expect(whyNoUpgrade(OFFER)).toBeNull();
  const problems = { "values.seed": "is required", version: "does not use the storage home" };
  expect(whyNoUpgrade({ ...OFFER, problems })).toBe("seed: is required does not use the storage home");
});

test("an upgrade is offered by its version, and a changed chart as such", () => {
  expect(upgradeLabel(someService())).toBeNull();
  expect(upgradeLabel(someService({ upgrade_available: "1.4.0" }))).toBe("Upgrade to 1.4.0");
  expect(upgradeLabel(someService({ chart_changed: true }))).toBe("Take the new 0.1.0");
});

test("a roll back names the version, or the revision where that is the same", () => {
  const service = someService({ version: "1.4.0" });
  expect(rollBackLabel(service, { version: "1.3.0", revision: 2 })).toBe("Roll back to 1.3.0");
  expect(rollBackLabel(service, { version: "1.4.0", revision: 2 })).toBe("Roll back to revision 2");
});
