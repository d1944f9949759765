import { Button } from "@mantine/core";

import { SignOutForm } from "./SignOutForm";

export function SignOutButton() {
  return (
    <SignOutForm>
      <Button type="submit" variant="default">
        Sign out
      </Button>
    </SignOutForm>
  );
}
