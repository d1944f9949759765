import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** The platform that `npm run dev` talks to. */
const platform = process.env.DATALAB_ORIGIN ?? "http://localhost:8080";

const at = (place: string) => fileURLToPath(new URL(place, import.meta.url));

export default defineConfig({
  plugins: [react()],
  resolve: {
    alias: {
      "@": at("./src"),
      "@rjsf/validator-ajv8": at("./src/features/launcher/noValidator.ts"),
    },
  },
  build: {
    // Inlined fonts and images would be data: addresses, which the content security policy refuses.
    assetsInlineLimit: 0,
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 800,
  },
  server: {
    proxy: {
      "/api": platform,
      "/oidc": platform,
    },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["./src/testing/setup.ts"],
    restoreMocks: true,
    css: false,
    // So that the alias above holds inside of the form library too.
    server: { deps: { inline: [/@rjsf/] } },
  },
});
