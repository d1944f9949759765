import { answer, client } from "./client";
import type { Acting } from "./types";

export interface NewActing {
  username: string;
  reason: string;
  minutes: number;
}

export const startActing = (body: NewActing): Promise<Acting> =>
  answer(client.POST("/api/v1/acting", { body }));

export async function stopActing(): Promise<void> {
  await client.POST("/api/v1/acting/stop");
}
