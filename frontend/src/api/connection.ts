/** Whether the platform answers: what the banner at the top of the page shows. */
type Listener = () => void;

let reachable = true;
const listeners = new Set<Listener>();

export function reportReachable(now: boolean): void {
  if (now === reachable) return;
  reachable = now;
  for (const listener of listeners) listener();
}

export const connection = {
  isReachable: (): boolean => reachable,
  subscribe: (listener: Listener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
