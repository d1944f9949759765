import { useEffect, useState } from "react";

import { followLogs } from "@/api/events";
import { asProblem } from "@/api/problem";
import { readLogs } from "@/api/services";

const TAIL = 500;
/** What is kept in the page; the whole log is the API's. */
const MOST_CHARACTERS = 400_000;

interface Log {
  text: string | null;
  problem: string | null;
  following: boolean;
}

const NOTHING: Log = { text: null, problem: null, following: false };

/** The end of a service's log, growing while `follow` is on. */
export function useLog(tenant: string, service: string, follow: boolean): Log {
  const [log, setLog] = useState(NOTHING);
  useEffect(() => {
    let current = true;
    const change = (next: (before: Log) => Log) => {
      if (current) setLog(next);
    };
    readLogs({ tenant, service }, TAIL).then(
      // The stream may have been quicker; what it has said since must not be lost.
      (text) =>
        change((before) => ({ ...before, text: follow ? (before.text ?? text) : text, problem: null })),
      (error: unknown) => change((before) => ({ ...before, problem: asProblem(error).message })),
    );
    return () => {
      current = false;
    };
  }, [tenant, service, follow]);
  useEffect(() => {
    if (!follow) return undefined;
    // The stream begins with the tail, so the first piece replaces what was read before.
    let fresh = true;
    const stop = followLogs(tenant, service, {
      onConnected: (following) => {
        fresh = following || fresh;
        setLog((before) => ({ ...before, following }));
      },
      onLines: (lines) => {
        const piece = lines.join("\n");
        const replaces = fresh;
        fresh = false;
        setLog((before) => ({
          ...before,
          problem: null,
          text: (replaces ? piece : `${before.text ?? ""}\n${piece}`).slice(-MOST_CHARACTERS),
        }));
      },
    });
    return () => {
      stop();
      setLog((before) => ({ ...before, following: false }));
    };
  }, [tenant, service, follow]);
  return log;
}
