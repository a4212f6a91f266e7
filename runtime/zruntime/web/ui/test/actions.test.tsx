import { renderToStaticMarkup } from "react-dom/server";
import { MemoryRouter } from "react-router-dom";
import { describe, expect, it } from "vitest";
import { forgotten } from "../src/actions/forgotten";
import { Runs } from "../src/cached/CachedSteps";
import { DetailsPanel } from "../src/panel/DetailsPanel";
import { airflowPlaces, NOWHERE, type Places, PlacesContext } from "../src/places";
import type { Run, Step } from "../src/record";
import { artifact, instance, run, step } from "./examples";

const AIRFLOW = airflowPlaces("http://af/", "first", "r:1");
const SERVED: Places = { ...NOWHERE, record: "http://127.0.0.1/record" };

/** The buttons of what is done with a step or an artifact. */
function buttons(shown: Run, places: Places, output: string | null = null): string[] {
  const html = renderToStaticMarkup(
    <MemoryRouter>
      <PlacesContext value={places}>
        <DetailsPanel
          now={0}
          onSelect={() => undefined}
          run={shown}
          selected={{ step: "load", output }}
        />
      </PlacesContext>
    </MemoryRouter>,
  );
  return [...html.matchAll(/<div class="zc-actions">(.*?)<\/div>/g)].flatMap(([, actions]) =>
    [...(actions ?? "").matchAll(/>([^<]+)<\/button>/g)].map((found) => found[1] ?? ""),
  );
}

const one = (values: Partial<Step>, editable = true) =>
  run([step({ name: "load", state: "completed", key: "k", ...values })], { editable });

const AGAIN = "Run from here without cache";
const INVALIDATE = "Invalidate result";

describe("the actions of a step", () => {
  it.each([
    ["completed", [AGAIN, INVALIDATE]],
    ["cached", [AGAIN, INVALIDATE]],
    ["failed", [AGAIN]],
    ["running", []],
    ["waiting", []],
    ["skipped", []],
  ] as const)("of one that is %s are %j", (state, expected) => {
    const key = state === "completed" || state === "cached" ? "k" : null;
    expect(buttons(one({ state, key }), AIRFLOW)).toEqual(expected);
  });

  it("are there for a mapped step that has a result of an instance", () => {
    const instances = [instance(0, "completed"), instance(1, "failed")];
    expect(buttons(one({ state: "failed", key: null, instances }), AIRFLOW)).toEqual([
      AGAIN,
      INVALIDATE,
    ]);
  });

  it("are only what can be done without Airflow where there is none", () => {
    expect(buttons(one({}), SERVED)).toEqual([INVALIDATE]);
    expect(buttons(one({}), NOWHERE)).toEqual([]);
  });

  it("are not shown to those who may not edit", () => {
    expect(buttons(one({}, false), AIRFLOW)).toEqual([]);
  });
});

describe("an artifact", () => {
  const made = { outputs: { output: artifact() } };

  it("is pinned, and unpinned where it is", () => {
    expect(buttons(one(made), AIRFLOW, "output")).toEqual(["Pin artifact"]);
    const kept = { ...one(made), pinned: [artifact().digest] };
    expect(buttons(kept, AIRFLOW, "output")).toEqual(["Unpin artifact"]);
  });

  it("is neither by those who may not edit, or where it was not made", () => {
    expect(buttons(one(made, false), AIRFLOW, "output")).toEqual([]);
    expect(buttons(one({}), AIRFLOW, "output")).toEqual([]);
  });
});

describe("the results of a Dag's steps", () => {
  const listed = (editable: boolean) =>
    renderToStaticMarkup(
      <MemoryRouter>
        <Runs dagId="first" notice={null} runs={[{ ...run([]), steps: [LISTED], editable }]} />
      </MemoryRouter>,
    );
  const LISTED = { name: "load", state: "cached", duration: 1, saved: 1, size: 1 } as const;

  it("are invalidated by those who may edit the Dag", () => {
    expect(listed(true)).toContain('aria-label="Invalidate all results of load"');
    expect(listed(false)).not.toContain("Invalidate");
  });

  it.each([
    [0, "Nothing was stored here."],
    [1, "1 result forgotten."],
    [3, "3 results forgotten."],
  ])("are counted when %i are forgotten", (invalidated, told) => {
    expect(forgotten({ value: { invalidated } })).toEqual({ value: told });
  });
});
