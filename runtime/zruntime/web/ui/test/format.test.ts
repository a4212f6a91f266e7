import { describe, expect, it } from "vitest";
import { elapsed, formatBytes, formatDuration, summary } from "../src/format";
import { run, step } from "./examples";

describe("formatDuration", () => {
  it.each([
    [0, "0 s"],
    [0.1352, "0.135 s"],
    [0.9996, "1.00 s"],
    [2.345, "2.35 s"],
    [9.996, "10.0 s"],
    [59.94, "59.9 s"],
    [59.96, "1 min 0 s"],
    [98, "1 min 38 s"],
    [3599.7, "1 h 0 min"],
    [7384, "2 h 3 min"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1.00 kB"],
    [735_872, "736 kB"],
    [999_999, "1.00 MB"],
    [2.5e9, "2.50 GB"],
    [5e15, "5.00e+3 TB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("summary", () => {
  it("counts the states that occur, and adds up the time saved", () => {
    const steps = [
      step({ name: "step_1", state: "cached", saved: 0.1 }),
      step({ name: "step_2", state: "completed", duration: 3 }),
      step({ name: "step_3", state: "cached", saved: 0.035 }),
    ];
    expect(summary(run(steps))).toBe("2 cached, 1 completed, saved 0.135 s");
  });

  it("says nothing of time saved where none was", () => {
    const steps = [
      step({ name: "step_1", state: "failed" }),
      step({ name: "step_2", state: "waiting" }),
    ];
    expect(summary(run(steps))).toBe("1 failed, 1 waiting");
  });

  it("says so when a run has no steps", () => {
    expect(summary(run([]))).toBe("No steps");
  });
});

describe("elapsed", () => {
  const running = step({ name: "step_1", state: "running", started: 1000 });

  it("counts on for a running step", () => {
    expect(elapsed(running, 1012.5)).toBe(12.5);
  });

  it("is never negative, when the worker's clock is ahead", () => {
    expect(elapsed(running, 998)).toBe(0);
  });

  it("is the duration of a step that has ended, and unknown before it starts", () => {
    const completed = step({ name: "step_1", state: "completed", started: 1000, duration: 2 });
    expect(elapsed(completed, 5000)).toBe(2);
    expect(elapsed(step({ name: "step_1", state: "waiting" }), 5000)).toBeNull();
  });
});
