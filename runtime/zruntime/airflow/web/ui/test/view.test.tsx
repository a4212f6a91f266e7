import { renderToStaticMarkup } from "react-dom/server";
import { MemoryRouter } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { RunSteps } from "../src/Lineage";
import { type Run, STATES } from "../src/record";
import { run, step } from "./examples";

const page = (shown: Run, notice: string | null = null) =>
  renderToStaticMarkup(
    <MemoryRouter>
      <RunSteps dagId="first" notice={notice} run={shown} runId="r:2+0" />
    </MemoryRouter>,
  );

const PRODUCER = { pipeline: "first_pipeline", run: "r:1+0", step: "loader" };

describe("a run's steps", () => {
  it("tells the states apart in words and by shape, not by colour alone", () => {
    const html = page(run(STATES.map((state) => step({ name: state, state }))));
    const badges = [...html.matchAll(/data-state="(\w+)"[^>]*><svg[^>]*>(.*?)<\/svg>(\w+)</g)];
    expect(badges.map((badge) => badge[3])).toEqual([...STATES, ...STATES]);
    expect(new Set(badges.map((badge) => badge[2])).size).toBe(STATES.length);
  });

  it("links each step to its task instance", () => {
    const html = page(run([step({ name: "step_1", state: "completed" })]));
    expect(html).toContain('href="/dags/first/runs/r%3A2%2B0/tasks/step_1"');
  });

  it("links a cached step to the run that computed it", () => {
    const cached = step({
      name: "step_1",
      state: "cached",
      producer: PRODUCER,
      producer_dag_id: "other",
    });
    const html = page(run([cached]));
    expect(html).toContain("Computed by loader in run ");
    expect(html).toContain('href="/dags/other/runs/r%3A1%2B0/plugin/zcompile-lineage"');
  });

  it("names a producing run outside Airflow without a link", () => {
    const html = page(run([step({ name: "step_1", state: "cached", producer: PRODUCER })]));
    expect(html).toContain("r:1+0 of first_pipeline");
    expect(html).not.toContain("plugin/zcompile-lineage");
  });

  it("shows why a step ran and what it raised, as text", () => {
    const failed = step({
      name: "step_1",
      state: "failed",
      reason: "parameter gamma 0.001 -> 0.01",
      error: "ValueError: <b>",
    });
    const html = page(run([failed]));
    expect(html).toContain("parameter gamma 0.001 -&gt; 0.01");
    expect(html).toContain("<pre>ValueError: &lt;b&gt;</pre>");
  });

  it("counts the instances of a mapped step, and lists them", () => {
    const instance = { reason: "", started: null, duration: null, error: "" } as const;
    const mapped = step({
      name: "step_1",
      state: "failed",
      instances: [
        { ...instance, index: 0, state: "cached" },
        { ...instance, index: 1, state: "cached" },
        { ...instance, index: 2, state: "failed", error: "ValueError: <b>" },
      ],
    });
    const html = page(run([mapped]));
    expect(html).toContain("<summary>3 instances: 2 cached, 1 failed</summary>");
    expect(html).toContain('aria-label="Instances of step_1"');
    expect(html).toContain("<span>ValueError: &lt;b&gt;</span>");
  });

  it("lists the first of very many instances", () => {
    const instances = Array.from({ length: 1000 }, (_, index) => ({
      index,
      state: "cached" as const,
      reason: "",
      started: null,
      duration: null,
      error: "",
    }));
    const html = page(run([step({ name: "step_1", state: "cached", instances })]));
    expect(html).toContain("1000 instances: 1000 cached");
    expect(html).toContain("and 800 more");
    expect(html.length).toBeLessThan(200_000);
  });

  it("says so of a mapped step without items", () => {
    const html = page(run([step({ name: "step_1", state: "completed", instances: [] })]));
    expect(html).toContain("<span>0 instances</span>");
  });

  it("says when the run's cache was switched off, and when the page may be old", () => {
    const html = page(run([], { enable_cache: false }), "The server cannot be reached.");
    expect(html).toContain("with the cache switched off");
    expect(html).toContain("This page may be out of date. The server cannot be reached.");
  });
});
