// The pages outside Airflow: provides what Airflow's page provides, and shows the lineage bundle,
// which is loaded after this one.
import * as React from "react";
import * as ReactJSXRuntime from "react/jsx-runtime";
import { createRoot } from "react-dom/client";
import * as ReactRouterDOM from "react-router-dom";
import { Host } from "./host/Host";
import type { Run } from "./record";

Object.assign(globalThis, { React, ReactJSXRuntime, ReactRouterDOM });

addEventListener("DOMContentLoaded", () => {
  const text = document.getElementById("zcompile-run")?.textContent;
  const root = document.createElement("div");
  document.body.append(root);
  createRoot(root).render(<Host run={text === undefined ? null : (JSON.parse(text) as Run)} />);
});
