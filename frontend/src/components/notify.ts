import { notifications } from "@mantine/notifications";

import { asProblem } from "@/api/problem";

export function notifyDone(title: string, message?: string): void {
  notifications.show({ title, message: message ?? null, color: "teal", autoClose: 4000 });
}

export function notifyProblem(title: string, error: unknown): void {
  notifications.show({ title, message: asProblem(error).message, color: "red", autoClose: 10_000 });
}
