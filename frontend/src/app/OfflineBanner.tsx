import { Alert } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { connection } from "@/api/connection";
import { keys } from "@/api/keys";
import { Icon } from "@/components/Icon";

const ASK_AGAIN_MS = 5_000;

/** Says so while nothing answers, and asks until something does. */
export function OfflineBanner() {
  const reachable = useSyncExternalStore(connection.subscribe, connection.isReachable);
  const { online } = useNetwork();
  const queries = useQueryClient();
  useEffect(() => {
    if (reachable) return undefined;
    const asking = setInterval(() => void queries.refetchQueries({ queryKey: keys.me }), ASK_AGAIN_MS);
    return () => {
      clearInterval(asking);
      void queries.invalidateQueries();
    };
  }, [reachable, queries]);
  if (reachable && online) return null;
  return (
    <Alert
      color="yellow"
      mb="md"
      role="status"
      icon={<Icon name="alert" />}
      title={online ? "Datalab does not answer" : "You are offline"}
    >
      What you see may be out of date. Your running tools go on; this page tries again by itself.
    </Alert>
  );
}
