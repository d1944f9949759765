import { Alert } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { hasAdminQuery } from "@/api/members";
import { useTenant } from "@/app/session";
import { Icon } from "@/components/Icon";

/** Groups may take the last admin away. */
export function MissingAdmin() {
  const { slug } = useTenant();
  const { data: hasAdmin } = useQuery(hasAdminQuery(slug));
  if (hasAdmin !== false) return null;
  return (
    <Alert color="orange" icon={<Icon name="alert" />} title="This tenant has no admin">
      Platform administrators run it until somebody is made admin: choose one of the members, or invite one.
    </Alert>
  );
}
