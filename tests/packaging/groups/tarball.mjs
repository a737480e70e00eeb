// The contents of the tarball of `npm pack`.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { files, installed } from "../lib/package.mjs";
import { root } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";

const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));

test("tarball: these files and no others", () => {
  assert.deepEqual(files, [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "THIRD-PARTY.txt",
    "async.d.ts",
    "async.js",
    "async.node.js",
    "codes.d.ts",
    "codes.js",
    "global.d.ts",
    "global.js",
    "index.d.ts",
    "index.js",
    "network.d.ts",
    "network.jest.d.ts",
    "network.jest.js",
    "network.js",
    "network.matchers.d.ts",
    "network.vitest.d.ts",
    "network.vitest.js",
    "package.json",
    "server.d.ts",
    "server.js",
    "session.d.ts",
    "session.js",
    "steady_websocket_bg.wasm",
    "trace.d.ts",
    "trace.js",
  ]);
});

test("tarball: every file that package.json names is there", () => {
  const named = new Set();
  const walk = (value) => (typeof value === "string" ? named.add(value) : Object.values(value).forEach(walk));
  walk(manifest.exports);
  [manifest.main, manifest.types, manifest.unpkg, manifest.jsdelivr, ...manifest.sideEffects].forEach(walk);
  for (const file of named) assert.ok(files.includes(file.replace("./", "")), file);
});

test("tarball: types come first in every condition, or TypeScript overlooks them", () => {
  for (const [entry, conditions] of Object.entries(manifest.exports)) {
    if (typeof conditions === "object") assert.equal(Object.keys(conditions)[0], "types", entry);
  }
});

test("tarball: ready for provenance", async () => {
  assert.deepEqual(manifest.publishConfig, { access: "public", provenance: true });
  const cargo = await readFile(join(root, "Cargo.toml"), "utf8");
  const repository = /^repository = "(.+)"$/m.exec(cargo)[1];
  assert.equal(manifest.repository.url, `git+${repository}.git`);
  assert.equal(manifest.version, /^version = "(.+)"$/m.exec(cargo)[1]);
  assert.equal(manifest.license, "MIT OR Apache-2.0");
});

test("tarball: the licence of every crate in the wasm is named", async () => {
  const packages = ["steady-websocket-package", "steady-network-js", "steady-session-js", "steady-server-node"];
  // Macros run in the compiler, and unicode-ident in them.
  const edges = ["--edges", "normal,no-proc-macro", "--target", "wasm32-unknown-unknown"];
  const format = ["--prefix", "none", "--format", "{p}|{l}|"];
  const tree = await run("cargo", ["tree", ...packages.flatMap((name) => ["--package", name]), ...edges, ...format], { cwd: root });
  const crates = new Map([...tree.matchAll(/^(\S+) v.*?\|(.*?)\|/gm)].map(([, name, licence]) => [name, licence]));
  for (const name of [...crates.keys()].filter((name) => name.startsWith("steady-"))) crates.delete(name);
  crates.delete("unicode-ident");
  const [dual, mit] = (await readFile(join(installed, "THIRD-PARTY.txt"), "utf8")).split("Under the MIT License:");
  const listed = (text) => [...text.matchAll(/^- ([a-z_0-9-]+)(:|$)/gm)].map(([, name]) => name);
  const under = (wanted) => [...crates.keys()].filter((name) => crates.get(name).includes("Apache-2.0") === wanted).sort();
  assert.deepEqual(listed(dual), under(true));
  assert.deepEqual(listed(mit), under(false));
});

test("tarball: nothing tells where it was made", async () => {
  const home = process.env.HOME ?? "/root";
  for (const file of files) {
    const text = await readFile(join(installed, file), "latin1");
    for (const word of [root, home + "/", "/root/", "/home/", "/.cargo/", "/usr/", "/registry/src/"]) {
      assert.ok(!text.includes(word), `${file} holds ${word}`);
    }
  }
});

test("tarball: the wasm says nothing of the tools that made it", async () => {
  const wasm = await WebAssembly.compile(await readFile(join(installed, "steady_websocket_bg.wasm")));
  for (const section of ["producers", "name", "target_features", ".debug_info"]) {
    assert.equal(WebAssembly.Module.customSections(wasm, section).length, 0, section);
  }
});

test("tarball: scripts are ASCII, so that no minifier and no charset changes the wasm in them", async () => {
  for (const file of files.filter((name) => name.endsWith(".js"))) {
    assert.match(await readFile(join(installed, file), "latin1"), /^[\n -~]*$/, file);
  }
});
