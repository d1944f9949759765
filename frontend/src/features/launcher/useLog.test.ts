import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";

import { FakeEventSource } from "@/testing/FakeEventSource";

import { useLog } from "./useLog";

beforeEach(() => {
  FakeEventSource.install();
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ text: "first\nsecond" })));
});

test("a log that is not followed is read once", async () => {
  const { result } = renderHook(() => useLog("acme", "some-id", false));
  await waitFor(() => expect(result.current.text).toBe("first\nsecond"));
  expect(FakeEventSource.opened).toHaveLength(0);
});

test("a followed log begins with the stream's own tail and grows line by line", () => {
  const { result } = renderHook(() => useLog("acme", "some-id", true));
  const stream = FakeEventSource.latest();
  expect(stream.url).toBe("/api/v1/tenants/acme/services/some-id/logs/follow");
  act(() => {
    stream.say("open");
    stream.say("log", { lines: ["first", "second"] });
    stream.say("log", { lines: ["third"] });
  });
  expect(result.current).toMatchObject({ text: "first\nsecond\nthird", following: true });
});

test("after an interruption the stream's tail replaces what was there", () => {
  const { result } = renderHook(() => useLog("acme", "some-id", true));
  const stream = FakeEventSource.latest();
  act(() => {
    stream.say("open");
    stream.say("log", { lines: ["first"] });
    stream.say("error");
  });
  expect(result.current).toMatchObject({ text: "first", following: false });
  act(() => {
    stream.say("open");
    stream.say("log", { lines: ["first", "second"] });
  });
  expect(result.current.text).toBe("first\nsecond");
});
