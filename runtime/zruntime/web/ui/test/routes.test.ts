import { expect, it } from "vitest";
import { lineagePath, recordUrl, taskPath } from "../src/routes";

const RUN = "manual__2026-11-22T10:00:00+00:00";

it("escapes run ids, below whatever address Airflow is served under", () => {
  expect(recordUrl("https://example.org/airflow/", "a.b", RUN)).toBe(
    "https://example.org/airflow/zcompile/api/dags/a.b/runs/manual__2026-11-22T10%3A00%3A00%2B00%3A00",
  );
});

it("leads to Airflow's own pages", () => {
  expect(taskPath("first", "r1", "step_1", false)).toBe("/dags/first/runs/r1/tasks/step_1");
  expect(taskPath("first", "r1", "each", true)).toBe("/dags/first/runs/r1/tasks/each/mapped");
  expect(lineagePath("first", "r1")).toBe("/dags/first/runs/r1/plugin/zcompile-lineage");
});
