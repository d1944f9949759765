/** The tenant's event stream: one connection for all tabs of a browser. */
import type { ServiceEvent } from "./types";

interface StreamListener {
  onEvent: (event: ServiceEvent) => void;
  /** True once the stream is up, also after an interruption: what was missed must be read anew. */
  onConnected: (connected: boolean) => void;
}

type Message =
  | { kind: "event"; event: ServiceEvent }
  | { kind: "connected"; connected: boolean }
  /** A tab that has just come asks whether there is a stream. */
  | { kind: "ask" };

function openStream(tenant: string, send: (message: Message) => void): EventSource {
  const source = new EventSource(`/api/v1/tenants/${encodeURIComponent(tenant)}/events`);
  source.addEventListener("open", () => send({ kind: "connected", connected: true }));
  source.addEventListener("error", () => send({ kind: "connected", connected: false }));
  source.addEventListener("service", ({ data }: MessageEvent<string>) => {
    send({ kind: "event", event: JSON.parse(data) as ServiceEvent });
  });
  return source;
}

/** How long a stream that the server closed for good rests before it is tried again. */
const RETRY_MS = 5_000;

/** Open until the signal says stop, whatever the server does. */
function keepOpen(tenant: string, send: (message: Message) => void, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    let source = openStream(tenant, send);
    const watch = setInterval(() => {
      if (source.readyState === EventSource.CLOSED) source = openStream(tenant, send);
    }, RETRY_MS);
    signal.addEventListener("abort", () => {
      clearInterval(watch);
      source.close();
      done();
    });
  });
}

/** Listen until the returned function is called. The tab that holds the lock has the connection. */
export function listenToServices(tenant: string, listener: StreamListener): () => void {
  const stop = new AbortController();
  const name = `datalab-events-${tenant}`;
  const channel = new BroadcastChannel(name);
  let connectedHere = false;
  const receive = (message: Message) => {
    if (stop.signal.aborted) return;
    if (message.kind === "event") listener.onEvent(message.event);
    else if (message.kind === "connected") listener.onConnected(message.connected);
    else if (connectedHere) channel.postMessage({ kind: "connected", connected: true });
  };
  channel.addEventListener("message", ({ data }: MessageEvent<Message>) => receive(data));
  const share = (message: Message) => {
    if (message.kind === "connected") connectedHere = message.connected;
    receive(message);
    if (!stop.signal.aborted) channel.postMessage(message);
  };
  channel.postMessage({ kind: "ask" });
  const lead = () => keepOpen(tenant, share, stop.signal);
  // Locks exist on secure origins only; elsewhere each tab has a stream of its own.
  const leading =
    "locks" in navigator
      ? navigator.locks.request(name, { signal: stop.signal }, lead)
      : lead();
  leading.catch(() => {
    // Stopped before it was this tab's turn.
  });
  return () => {
    stop.abort();
    channel.close();
  };
}

/** The log of a service as it grows, beginning with its last lines. */
export function followLogs(
  tenant: string,
  service: string,
  listener: { onLines: (lines: string[]) => void; onConnected: (connected: boolean) => void },
): () => void {
  const path = [tenant, service].map(encodeURIComponent);
  const source = new EventSource(`/api/v1/tenants/${path[0]}/services/${path[1]}/logs/follow`);
  source.addEventListener("open", () => listener.onConnected(true));
  source.addEventListener("error", () => listener.onConnected(false));
  source.addEventListener("log", ({ data }: MessageEvent<string>) => {
    listener.onLines((JSON.parse(data) as { lines: string[] }).lines);
  });
  return () => source.close();
}
