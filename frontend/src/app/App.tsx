import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { createBrowserRouter, RouterProvider } from "react-router";

import { LiveRegion } from "@/components/LiveRegion";

import { createQueries } from "./queries";
import { routes } from "./routes";
import { cssVariables, theme } from "./theme";

const colorScheme = localStorageColorSchemeManager({ key: "datalab-color-scheme" });

export function App() {
  const [queries] = useState(createQueries);
  const [router] = useState(() => createBrowserRouter(routes));
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      colorSchemeManager={colorScheme}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-center" limit={3} />
        <LiveRegion />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
