import type { Phase } from "@/api/types";

interface PhaseLook {
  title: string;
  color: string;
  /** Something is going on that ends by itself. */
  moving: boolean;
  /** What it means, where the platform has not said more. */
  sentence: string;
}

export const PHASES: Record<Phase, PhaseLook> = {
  queued: { title: "Queued", color: "iris", moving: true, sentence: "Accepted; it starts in a moment." },
  preparing: { title: "Preparing", color: "iris", moving: true, sentence: "Its environment is being prepared." },
  starting: { title: "Starting", color: "iris", moving: true, sentence: "The tool starts and is not ready yet." },
  running: { title: "Running", color: "teal", moving: false, sentence: "Ready to use." },
  pausing: { title: "Pausing", color: "iris", moving: true, sentence: "It is being stopped; its storage is kept." },
  paused: { title: "Paused", color: "gray", moving: false, sentence: "Stopped. Its storage is kept; CPU and memory are free again." },
  removing: { title: "Removing", color: "orange", moving: true, sentence: "It is being removed." },
  failed: { title: "Failed", color: "red", moving: false, sentence: "It did not start." },
  unknown: { title: "Unknown", color: "yellow", moving: false, sentence: "The platform cannot tell at the moment. Nothing is lost." },
};
