// Writes dist/build.json: what the bundle was built from, so that a test can tell that it is fresh.
// `tests/airflow/test_plugin_bundle.py` computes the same digests without Node.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ui = join(import.meta.dirname, "..");
const dist = join(ui, "..", "dist");
const settings = ["package-lock.json", "package.json", "tsconfig.json", "vite.config.ts"];

const sha256 = (data) => createHash("sha256").update(data).digest("hex");

const sources = readdirSync(join(ui, "src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(ui.length + 1)
      .replaceAll("\\", "/"),
  );

const lines = [...settings, ...sources]
  .sort()
  .map((name) => `${sha256(readFileSync(join(ui, name)))}  ${name}\n`);

const bundles = readdirSync(dist)
  .filter((name) => name.endsWith(".js"))
  .sort();

const stamp = {
  sources: sha256(lines.join("")),
  bundles: Object.fromEntries(
    bundles.map((name) => [name, sha256(readFileSync(join(dist, name)))]),
  ),
};
writeFileSync(join(dist, "build.json"), `${JSON.stringify(stamp, null, 2)}\n`);
