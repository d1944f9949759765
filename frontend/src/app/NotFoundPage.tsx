import { Button } from "@mantine/core";
import { useEffect } from "react";
import { Link } from "react-router";

import { EmptyState } from "@/components/EmptyState";

export function NotFoundPage() {
  useEffect(() => {
    document.title = "Not found · Datalab";
  }, []);
  return (
    <EmptyState
      icon="search"
      title="There is nothing here"
      action={
        <Button component={Link} to="/">
          Go to the start page
        </Button>
      }
    >
      The address is wrong, it has been removed, or it belongs to a tenant that you are not a member of.
    </EmptyState>
  );
}
