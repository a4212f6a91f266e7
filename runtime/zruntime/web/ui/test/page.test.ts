import { describe, expect, it } from "vitest";
import type { Answer, Failure } from "../src/client";
import { delay, LOADING, next, type Page } from "../src/page";
import { runInterval } from "../src/interval";
import type { Run } from "../src/record";
import { run, step } from "./examples";

const LOST: Failure = { kind: "failed", message: "The server cannot be reached.", passing: true };
const REFUSED: Failure = { kind: "failed", message: "Not allowed.", passing: false };

const record = (status: "completed" | "failed" | "running", etag = '"1"'): Answer<Run> => ({
  kind: "value",
  value: run([step({ name: "step_1", state: status })], { status }),
  etag,
});

const told = (...answers: readonly Answer<Run>[]): Page<Run> =>
  answers.reduce<Page<Run>>(next, LOADING);

describe("next", () => {
  it("shows a record, and the one that follows it", () => {
    const page = told(record("running"), record("completed", '"2"'));
    expect(page).toMatchObject({ phase: "ready", etag: '"2"', value: { status: "completed" } });
  });

  it("changes nothing when the record has not", () => {
    const page = told(record("running"));
    expect(next(page, { kind: "unchanged" })).toBe(page);
  });

  it("shows an error where it has nothing else to show", () => {
    expect(told(LOST)).toEqual({ phase: "failed", failure: LOST });
  });

  it("keeps a record through a lost connection, and forgets the loss afterwards", () => {
    const lost = told(record("running"), LOST);
    expect(lost).toMatchObject({ phase: "ready", failure: LOST, value: { status: "running" } });
    expect(next(lost, { kind: "unchanged" })).toMatchObject({ phase: "ready", failure: null });
  });

  it("becomes empty for a run without a record, until there is one", () => {
    const missing = told({ kind: "missing" });
    expect(missing).toEqual({ phase: "missing" });
    expect(next(missing, record("running"))).toMatchObject({ phase: "ready" });
  });
});

describe("delay", () => {
  it.each<[string, Page<Run>, number | null]>([
    ["a running run every two seconds", told(record("running")), 2000],
    ["a completed run no more", told(record("completed")), null],
    ["a failed run now and then, as it may be tried again", told(record("failed")), 5000],
    ["a run without a record now and then", told({ kind: "missing" }), 5000],
    ["a server that was lost now and then", told(LOST), 5000],
    ["a server lost meanwhile now and then", told(record("completed"), LOST), 5000],
    ["a server that refuses no more", told(REFUSED), null],
    ["a server that refuses meanwhile no more", told(record("running"), REFUSED), null],
  ])("asks for %s", (_, page, wait) => {
    expect(delay(page, runInterval)).toBe(wait);
  });

  it("stays with a failed run while one of its steps still runs", () => {
    const steps = [
      step({ name: "step_1", state: "failed" }),
      step({ name: "step_2", state: "running" }),
    ];
    const answer: Answer<Run> = {
      kind: "value",
      value: run(steps, { status: "failed" }),
      etag: null,
    };
    expect(delay(told(answer), runInterval)).toBe(2000);
  });
});
