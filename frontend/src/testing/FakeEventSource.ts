import { vi } from "vitest";

/** A stream that says what a test tells it to, under the names that the gate uses. */
export class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeEventSource[] = [];

  readyState = 1;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
    FakeEventSource.opened.push(this);
  }

  /** From now on, until the test ends, every stream that the page opens is one of these. */
  static install(): void {
    FakeEventSource.opened = [];
    vi.stubGlobal("EventSource", FakeEventSource);
  }

  static latest(): FakeEventSource {
    const latest = FakeEventSource.opened.at(-1);
    if (latest === undefined) throw new Error("no stream has been opened");
    return latest;
  }

  say(name: string, data?: unknown): void {
    this.dispatchEvent(
      data === undefined ? new Event(name) : new MessageEvent(name, { data: JSON.stringify(data) }),
    );
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED;
  }
}
