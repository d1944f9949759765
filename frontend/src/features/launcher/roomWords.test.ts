import { describe, expect, it } from "vitest";

import type { RoomOfResource } from "@/api/types";

import { freeNow, roomSentences } from "./roomWords";

const cpu: RoomOfResource = {
  resource: "cpu", there: "8", free: "3500m", largest: "2", left: "4", mine: null,
};
const gpu: RoomOfResource = {
  resource: "nvidia.com/gpu", there: "2", free: "1", largest: "1", left: "0", mine: 1,
};
const unknown = { ...cpu, there: null, free: null, largest: null };

describe("what is free now", () => {
  it("is said with the most on one machine where that is less", () => {
    expect(freeNow(cpu)).toBe("3.5 of 8 cores free (2 on one machine)");
    expect(freeNow({ ...cpu, largest: "3500m" })).toBe("3.5 of 8 cores free");
  });

  it("names a device and what of it is one's own", () => {
    expect(freeNow(gpu)).toBe("1 of 2 nvidia.com/gpu free, 1 used by you");
  });

  it("is not said where nobody can tell; what the quota leaves is", () => {
    expect(roomSentences([unknown])).toEqual(["Your quota leaves 4 cores."]);
    expect(roomSentences([{ ...unknown, left: null }])).toEqual([]);
  });
});
