import { beforeEach, describe, expect, it, vi } from "vitest";
import { pageAddress } from "../src/address";

const RUN = "/dags/digits/runs/first/plugin/zcompile-lineage";

/** A browser's address bar; its replaceState is what the page calls, its go what a router does. */
function addressBar(path: string) {
  const location = new URL(path, "http://airflow.example");
  const go = (to: URL | string) => {
    location.href = new URL(to, location).href;
  };
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", {
    state: null,
    replaceState: (_state: unknown, _title: string, to: URL) => {
      go(to);
    },
  });
  return { location, go };
}

describe("the address of a page", () => {
  beforeEach(() => {
    vi.unstubAllGlobals();
  });

  it("tells what was written when the host mounts the page anew and puts back its query", () => {
    const { location, go } = addressBar(RUN);
    pageAddress.write(new URLSearchParams("view=table"));
    expect(location.search).toBe("?view=table");
    go(RUN);
    pageAddress.leave();
    expect(pageAddress.read().toString()).toBe("view=table");
  });

  it("tells its own query once the page was left", () => {
    const { go } = addressBar(RUN);
    pageAddress.write(new URLSearchParams("view=table"));
    go("/dags/digits");
    pageAddress.leave();
    go(`${RUN}?step=train`);
    expect(pageAddress.read().toString()).toBe("step=train");
  });
});
