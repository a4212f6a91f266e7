import { defineConfig } from "vitest/config";

// Airflow's page imports a bundle by URL, looks for `AirflowPlugin` on globalThis, and provides
// these modules there; a React of our own beside the host's would break hooks.
const HOST_GLOBALS = {
  react: "React",
  "react/jsx-runtime": "ReactJSXRuntime",
  "react-router-dom": "ReactRouterDOM",
};

/** The bundle that provides them where Airflow does not. */
const HOST = "host";

// `vite build --mode NAME` builds dist/NAME.js from src/entry-NAME.
export default defineConfig(({ mode }) => ({
  define: mode === HOST ? { "process.env.NODE_ENV": '"production"' } : {},
  build: {
    target: "es2022",
    outDir: "../dist",
    emptyOutDir: false,
    reportCompressedSize: true,
    lib: {
      entry: `src/entry-${mode}`,
      formats: ["umd"],
      name: mode === HOST ? "ZCompileHost" : "AirflowPlugin",
      fileName: () => `${mode}.js`,
    },
    rolldownOptions:
      mode === HOST
        ? {}
        : {
            external: Object.keys(HOST_GLOBALS),
            output: { globals: HOST_GLOBALS, exports: "default" },
          },
  },
  test: { include: ["test/**/*.test.{ts,tsx}"], environment: "node" },
}));
