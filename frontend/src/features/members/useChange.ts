import { useMutation, useQueryClient } from "@tanstack/react-query";

import { keys } from "@/api/keys";
import { useTenant } from "@/app/session";

/** A change of the tenant's people, after which everything about the tenant is asked for again. */
export function useChange<Asked, Answer>(
  change: (asked: Asked) => Promise<Answer>,
  onDone?: (answer: Answer, asked: Asked) => void,
) {
  const { slug } = useTenant();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: async (answer, asked) => {
      onDone?.(answer, asked);
      await queries.invalidateQueries({ queryKey: keys.tenant(slug) });
    },
  });
}
