import { useEffect, useState } from "react";

const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const EVERY_MS = 30_000;

export function describeAge(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000;
  const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
  return step === undefined ? "just now" : format.format(Math.round(seconds / step[1]), step[0]);
}

/** "3 minutes ago"; the exact time on hover. */
export function RelativeTime({ at }: { at: string }) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), EVERY_MS);
    return () => clearInterval(ticking);
  }, []);
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {describeAge(at, now)}
    </time>
  );
}
