import type { ReactNode } from "react";

import { SIGN_OUT_ADDRESS } from "@/api/accounts";
import { csrfToken } from "@/api/client";

/** A real form, because signing out goes on to the identity provider. */
export function SignOutForm({ children }: { children: ReactNode }) {
  return (
    <form
      method="post"
      action={SIGN_OUT_ADDRESS}
      onSubmit={({ currentTarget }) => {
        // Read at the last moment: the token may have been renewed since the page was drawn.
        const field = currentTarget.elements.namedItem("csrfmiddlewaretoken");
        if (field instanceof HTMLInputElement) field.value = csrfToken();
      }}
    >
      <input type="hidden" name="csrfmiddlewaretoken" defaultValue="" />
      {children}
    </form>
  );
}
