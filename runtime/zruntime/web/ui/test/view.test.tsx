import { renderToStaticMarkup } from "react-dom/server";
import { MemoryRouter } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { RunSteps } from "../src/Lineage";
import { airflowPlaces, PlacesContext } from "../src/places";
import { type Run, STATES } from "../src/record";
import { useSelection } from "../src/selection";
import { artifact, instance, run, step } from "./examples";

const unchanged = () => undefined;

interface PageProps {
  readonly notice: string | null;
  readonly query: string;
  readonly run: Run;
}

function Page({ notice, query, run: shown }: PageProps) {
  const address = { read: () => new URLSearchParams(query), write: unchanged, leave: unchanged };
  return <RunSteps notice={notice} run={shown} selection={useSelection(address)} />;
}

const page = (shown: Run, notice: string | null = null, query = "view=table") =>
  renderToStaticMarkup(
    <MemoryRouter>
      <PlacesContext value={airflowPlaces("http://af/", "first", "r:2+0")}>
        <Page notice={notice} query={query} run={shown} />
      </PlacesContext>
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
    const shown = run([step({ name: "step_1", state: "completed" })]);
    const html = page(shown, null, "step=step_1");
    expect(html).toContain('href="/dags/first/runs/r:2+0/tasks/step_1"');
  });

  it.each([
    ["cached", "running", "tasks/each/mapped"],
    ["cached", "cached", "tasks/each"],
  ] as const)("links a mapped step whose instances are %s and %s to %s", (one, other, path) => {
    const instances = [instance(0, one), instance(1, other)];
    const shown = run([step({ name: "each", state: other, instances })]);
    expect(page(shown, null, "step=each")).toContain(`href="/dags/first/runs/r:2+0/${path}"`);
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
    expect(html).toContain('href="/dags/other/runs/r:1+0/plugin/zcompile-lineage"');
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
    const mapped = step({
      name: "step_1",
      state: "failed",
      instances: [
        instance(0, "cached"),
        instance(1, "cached"),
        instance(2, "failed", { error: "ValueError: <b>" }),
      ],
    });
    const html = page(run([mapped]));
    expect(html).toContain("<summary>3 instances: 2 cached, 1 failed</summary>");
    expect(html).toContain('aria-label="Instances of step_1"');
    expect(html).toContain("<span>ValueError: &lt;b&gt;</span>");
  });

  it("lists the first of very many instances", () => {
    const instances = Array.from({ length: 1000 }, (_, index) => instance(index, "cached"));
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

const MADE = artifact({
  metadata: { shape: [3, 2], dtype: "int64", preview: { kind: "text", text: "<i>head</i>" } },
});

const PAIR = run([
  step({
    name: "load",
    state: "cached",
    key: "k".repeat(64),
    parts: { packages: { numpy: "2.1" }, code_parts: { "function `load`": "f".repeat(64) } },
    outputs: { rows: MADE },
    producer: PRODUCER,
    producer_dag_id: "other",
    saved: 61,
  }),
  step({
    name: "train",
    state: "failed",
    parameters: { gamma: 0.01, label: "<u>" },
    inputs: { X: { step: "load", output: "rows" } },
    reason: "parameter gamma 0.001 -> 0.01",
    diffs: ["--- a.py\n+++ a.py\n@@ -1 +1 @@\n-<old>\n+<new>"],
    error: "ValueError: <b>",
  }),
]);

describe("the graph", () => {
  const html = page(PAIR, null, "step=train");

  it("names the form and the state of each node", () => {
    const labels = [...html.matchAll(/<g aria-label="([^"]*)"/g)].map((found) => found[1]);
    expect(labels).toEqual(["load, step, cached", "rows, artifact, cached", "train, step, failed"]);
    expect(html.match(/<circle class="zc-body"/g)).toHaveLength(2);
    expect(html.match(/<rect class="zc-body"/g)).toHaveLength(1);
  });

  it("draws what came from the cache with dashes", () => {
    const [dashed] = /<path class="zc-line zc-dashed"[^>]*>/.exec(html) ?? [""];
    expect(dashed.match(/C/g)).toHaveLength(2);
    expect(html).not.toContain('class="zc-line"');
  });

  it("draws the links of what is selected stronger, with dashes as before", () => {
    const ofCached = page(PAIR, null, "step=load");
    expect(ofCached).toContain('class="zc-line zc-dashed zc-near"');
    expect(ofCached).not.toContain('class="zc-line zc-near"');
  });

  it("has one node in the order of the tab key: the one that is selected", () => {
    expect(html.match(/tabindex="0"/g)).toHaveLength(1);
    expect(html).toMatch(/aria-label="train[^>]*aria-pressed="true"[^>]*tabindex="0"/);
  });

  it("explains states and forms", () => {
    expect(html).toContain('aria-label="Legend"');
    expect(html).toMatch(/aria-label="Forms".*Step.*Artifact.*From the cache/);
  });
});

describe("the details", () => {
  it("tell why a step ran, with what, and what went wrong, as text", () => {
    const html = page(PAIR, null, "step=train");
    expect(html).toContain("parameter gamma 0.001 -&gt; 0.01");
    expect(html).toContain("What went wrong</h3><pre>ValueError: &lt;b&gt;</pre>");
    expect(html).toContain("Why it was not cached</h3><p>parameter gamma");
    expect(html).toContain("<dt>label</dt><dd>&lt;u&gt;</dd>");
    expect(html).toContain("rows of load");
  });

  it("tell why a step was skipped", () => {
    const skipped = step({ name: "report", state: "skipped", reason: "score > 1 does not hold" });
    expect(page(run([skipped]), null, "step=report")).toContain("Why it was skipped</h3>");
  });

  it("show what changed in the code", () => {
    const html = page(PAIR, null, "step=train");
    expect(html).toContain('<span class="zc-removed">-&lt;old&gt;\n</span>');
    expect(html).toContain('<span class="zc-added">+&lt;new&gt;\n</span>');
    expect(html.match(/<span class="zc-muted">(---|\+\+\+|@@)/g)).toHaveLength(3);
  });

  it("tell what a step's key is made of, and the run that it comes from", () => {
    const html = page(PAIR, null, "step=load");
    expect(html).toContain("<dt>Time saved</dt><dd>1 min 1 s</dd>");
    expect(html).toContain("<dt>package numpy</dt><dd>2.1</dd>");
    expect(html).toContain("<dt>code function `load`</dt><dd>ffffffffffff</dd>");
    expect(html).toContain('href="/dags/other/runs/r:1+0/plugin/zcompile-lineage"');
  });

  it("tell what an artifact is, and who takes it", () => {
    const html = page(PAIR, null, "step=load&output=rows");
    expect(html).toContain("<dt>Type</dt><dd>numpy.ndarray</dd>");
    expect(html).toContain("<dt>Shape</dt><dd>3 × 2</dd>");
    expect(html).toContain("<dt>Size</dt><dd>736 kB</dd>");
    expect(html).toContain("a".repeat(64));
    expect(html).toMatch(/<dt>Taken by<\/dt><dd><ul><li><button[^>]*>train</);
    expect(html).toContain("<pre>&lt;i&gt;head&lt;/i&gt;</pre>");
  });

  it("say so when the address names what the run has not", () => {
    expect(page(PAIR, null, "step=gone")).toContain("This run has no step of this name.");
    expect(page(PAIR, null, "step=load&output=gone")).toContain("no artifact of this name");
  });
});
