import type { ReactNode } from "react";

import { NotFoundPage } from "./NotFoundPage";
import { useMe } from "./session";

/** For platform administrators; to everybody else there is nothing here. The server decides anyway. */
export function PlatformOnly({ children }: { children: ReactNode }) {
  return useMe().is_platform_admin ? children : <NotFoundPage />;
}
