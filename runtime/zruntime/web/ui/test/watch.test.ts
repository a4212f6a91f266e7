import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Answer } from "../src/client";
import type { Page } from "../src/page";
import type { Run } from "../src/record";
import { runInterval } from "../src/interval";
import { watch } from "../src/watch";
import { run } from "./examples";

class Tab extends EventTarget {
  hidden = false;

  look(visible: boolean) {
    this.hidden = !visible;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

/** A server whose record is what `answer` says, and who remembers what it was asked. */
class Server {
  answer: Answer<Run>;
  readonly asked: (string | null)[] = [];

  constructor(answer: Answer<Run>) {
    this.answer = answer;
  }

  readonly ask = (etag: string | null): Promise<Answer<Run>> => {
    this.asked.push(etag);
    return Promise.resolve(this.answer);
  };
}

const RUNNING: Answer<Run> = { kind: "value", value: run([], { status: "running" }), etag: '"1"' };
const COMPLETED: Answer<Run> = { kind: "value", value: run([]), etag: '"2"' };

const watched = (server: Server) => {
  const tab = new Tab();
  const shown: Page<Run>[] = [];
  const { end, follow } = watch(server.ask, runInterval, (page) => shown.push(page), tab);
  return { end, follow, shown, tab };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("asks again with the tag of what it has, until the run is over", async () => {
  const server = new Server(RUNNING);
  const { shown } = watched(server);
  await vi.advanceTimersByTimeAsync(2000);
  server.answer = COMPLETED;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toEqual([null, '"1"', '"1"']);
  expect(shown.at(-1)).toMatchObject({ phase: "ready", value: { status: "completed" } });
});

it("asks with the tag of what was known before the page was mounted anew", async () => {
  const server = new Server({ kind: "unchanged" });
  const known: Page<Run> = { phase: "ready", value: run([]), etag: '"1"', failure: null };
  const shown: Page<Run>[] = [];
  watch(server.ask, runInterval, (page) => shown.push(page), new Tab(), { until: 0 }, known);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toEqual(['"1"']);
  expect(shown).toEqual([known]);
});

it("asks nothing while nobody looks, and at once when somebody does again", async () => {
  const server = new Server(RUNNING);
  const { tab } = watched(server);
  await vi.advanceTimersByTimeAsync(0);
  tab.look(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toHaveLength(1);
  tab.look(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(server.asked).toHaveLength(2);
});

it("looks at a finished run again when somebody comes back to it", async () => {
  const server = new Server(COMPLETED);
  const { shown, tab } = watched(server);
  await vi.advanceTimersByTimeAsync(0);
  server.answer = RUNNING;
  tab.look(false);
  tab.look(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(shown.at(-1)).toMatchObject({ value: { status: "running" } });
});

it("neither asks nor shows anything once it has ended", async () => {
  const server = new Server(RUNNING);
  const { end, shown, tab } = watched(server);
  end();
  tab.look(true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toHaveLength(1);
  expect(shown).toEqual([]);
});

it("follows a finished run as long as it changes, when something was done to it", async () => {
  const server = new Server(COMPLETED);
  const { follow, shown } = watched(server);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.asked).toHaveLength(1);
  server.answer = { kind: "unchanged" };
  follow();
  await vi.advanceTimersByTimeAsync(50_000);
  server.answer = { ...COMPLETED, etag: '"3"' };
  await vi.advanceTimersByTimeAsync(1000);
  server.answer = { kind: "unchanged" };
  await vi.advanceTimersByTimeAsync(50_000);
  server.answer = { ...COMPLETED, etag: '"4"' };
  await vi.advanceTimersByTimeAsync(1000);
  expect(shown.at(-1)).toMatchObject({ etag: '"4"' });
  server.answer = { kind: "unchanged" };
  await vi.advanceTimersByTimeAsync(120_000);
  const asked = server.asked.length;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(server.asked).toHaveLength(asked);
});
