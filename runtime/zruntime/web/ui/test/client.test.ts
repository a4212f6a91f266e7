import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import * as client from "../src/client";
import { run } from "./examples";

const RECORD = run([]);

let server: Server;
let status: number;
let body: string;

beforeEach(async () => {
  status = 200;
  body = JSON.stringify(RECORD);
  server = createServer((request, response) => {
    const known = request.headers["if-none-match"] === '"1"';
    response.writeHead(known ? 304 : status, { ETag: '"1"' });
    response.end(known ? undefined : body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.close();
});

const ask = (etag: string | null = null) => {
  const { port } = server.address() as AddressInfo;
  return client.ask(`http://127.0.0.1:${port}/`, etag, new AbortController().signal);
};

it("takes a record with its tag, and learns by it that nothing changed", async () => {
  expect(await ask()).toEqual({ kind: "value", value: RECORD, etag: '"1"' });
  expect(await ask('"1"')).toEqual({ kind: "unchanged" });
});

it("tells a run without a record from an error", async () => {
  status = 404;
  expect(await ask()).toEqual({ kind: "missing" });
});

it.each([
  [401, "{}", "Your session has ended. Log in again.", false],
  [403, "{}", "You are not allowed to do this.", false],
  [503, '{"detail": "The store is locked."}', "The store is locked.", true],
  [500, "<html>", "The server answered with status 500.", true],
])("says what an answer of status %d means", async (code, text, message, passing) => {
  status = code;
  body = text;
  expect(await ask()).toEqual({ kind: "failed", message, passing });
});

it("says that the server cannot be reached", async () => {
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const answer = await client.ask(`http://127.0.0.1:${port}/`, null, new AbortController().signal);
  expect(answer).toEqual({
    kind: "failed",
    message: "The server cannot be reached.",
    passing: true,
  });
});
