import type { Service } from "@/api/types";

/** A running JupyterLab of bob's, but for what a test says. */
export function someService(part: Partial<Service> = {}): Service {
  return {
    id: "7d7a4c8e-0000-4000-8000-000000000001",
    name: "notebook",
    catalog: "datalab",
    chart: "jupyter",
    version: "0.1.0",
    phase: "running",
    reason: null,
    progress: null,
    url: "http://notebook-acme-x1y2z.localhost:8080/",
    preset: "",
    resources: { cpu: "1", memory: "2Gi", gpu: 0, storage: "5Gi" },
    owner: { username: "bob", display_name: "Bob" },
    created: "2026-11-23T09:00:00Z",
    secrets: [],
    restart_to_apply: false,
    chart_digest: null,
    chart_changed: false,
    upgrade_available: null,
    rollback_to: null,
    ...part,
  };
}
