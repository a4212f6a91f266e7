import { defineConfig } from "vitest/config";

// Airflow's page imports the bundle by URL, looks for `AirflowPlugin` on globalThis, and provides
// these modules there; a React of our own beside the host's would break hooks.
const HOST_GLOBALS = {
  react: "React",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
};

export default defineConfig({
  build: {
    target: "es2022",
    outDir: "../dist",
    emptyOutDir: true,
    reportCompressedSize: true,
    lib: {
      entry: "src/entry-lineage.ts",
      formats: ["umd"],
      name: "AirflowPlugin",
      fileName: () => "lineage.js",
    },
    rolldownOptions: {
      external: Object.keys(HOST_GLOBALS),
      output: { globals: HOST_GLOBALS, exports: "default" },
    },
  },
  test: { include: ["test/**/*.test.{ts,tsx}"], environment: "node" },
});
