import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runAgain, runStepAgain } from "../src/actions/runAgain";
import { step } from "./examples";

const FORMER = { dag_run_id: "r:1", conf: { "step_2.gamma": 0.01, enable_cache: true } };

let server: Server;
let refusing: string;
const asked: unknown[] = [];

beforeEach(async () => {
  refusing = "";
  asked.length = 0;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url } = request;
      const body = Buffer.concat(chunks).toString();
      asked.push(method === "POST" ? [method, url, JSON.parse(body)] : [method, url]);
      response.writeHead(method === refusing ? 403 : 200);
      response.end(JSON.stringify(method === "POST" ? { dag_run_id: "r:2" } : FORMER));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.close();
});

const again = () => {
  const { port } = server.address() as AddressInfo;
  return runAgain(`http://127.0.0.1:${port}/air/`, "a dag", "r:1");
};

it("asks Airflow for a run with the same parameters, and with the cache switched off", async () => {
  expect(await again()).toEqual({ value: "r:2" });
  const conf = { "step_2.gamma": 0.01, enable_cache: false };
  expect(asked).toEqual([
    ["GET", "/air/api/v2/dags/a%20dag/dagRuns/r%3A1"],
    ["POST", "/air/api/v2/dags/a%20dag/dagRuns", { logical_date: null, conf }],
  ]);
});

it.each(["GET", "POST"])("says so when Airflow does not allow the %s", async (method) => {
  refusing = method;
  expect(await again()).toEqual({ refused: "You are not allowed to do this." });
});

it("says so when there is no server", async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await runAgain(`http://127.0.0.1:${port}/`, "d", "r")).toEqual({
    refused: "The server cannot be reached.",
  });
});

it.each([
  [null, "train"],
  [[], "expand_train"],
])("has Airflow clear a step and what depends on it", async (instances, task) => {
  const { port } = server.address() as AddressInfo;
  const train = step({ name: "train", state: "cached", instances });
  await runStepAgain(`http://127.0.0.1:${port}/air/`, "a dag", "r:1", train);
  expect(asked).toEqual([
    [
      "POST",
      "/air/api/v2/dags/a%20dag/clearTaskInstances",
      {
        dry_run: false,
        dag_run_id: "r:1",
        task_ids: [task],
        include_downstream: true,
        only_failed: false,
        reset_dag_runs: true,
      },
    ],
  ]);
});
