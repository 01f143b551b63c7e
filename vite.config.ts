/** How the dashboard is built into the Worker's assets. Never sees a secret: nothing of the environment gets into the bundle. */
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: "web",
  envPrefix: "STRATIFI_PUBLIC_",
  plugins: [react(), tailwindcss()],
  // The preview's worker: a module of its own, as the page's policy asks.
  worker: { format: "es" },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    sourcemap: false,
    // The page's policy allows no inline code and no data: script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
});
