// cargo resolves every manifest in the documents, with our crates as they are here.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root, written } from "./documents.mjs";

const run = promisify(execFile);
const OURS = { "steady-websocket": ".", "steady-websocket-yew": "integrations/yew", "steady-websocket-leptos": "integrations/leptos" };

const cargo = async (args, cwd) => (await run("cargo", args, { cwd, maxBuffer: 1e8 })).stdout;
const [, host] = (await run("rustc", ["-vV"])).stdout.match(/^host: (.*)$/m);

/** An app with a lockfile of its own is built by tests/apps. */
const isApp = (file) => existsSync(join(root, "tests/apps", basename(file, ".md"), "Cargo.lock"));
const shown = written("toml").filter(({ file }) => !isApp(file));
test("manifests are found, and what the workspace has locked is on this machine", async () => {
  assert.ok(shown.length > 1);
  await cargo(["fetch", "--locked", "--target", host], root);
});
for (const { file, line, code } of shown) {
  test(`${file}:${line}: cargo resolves it`, async () => {
    const folder = join(root, "target/docs", basename(file, ".md"));
    await mkdir(join(folder, "src"), { recursive: true });
    await writeFile(join(folder, "src/lib.rs"), "");
    // With the workspace's versions, or cargo would look for newer ones.
    await copyFile(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
    const here = Object.entries(OURS).map(([name, path]) => `${name} = { path = ${JSON.stringify(join(root, path))} }\n`);
    const head = '[package]\nname = "shown"\nedition = "2024"\n\n';
    await writeFile(join(folder, "Cargo.toml"), `${head}${code}\n[patch.crates-io]\n${here.join("")}\n[workspace]\n`);
    const resolved = await cargo(["metadata", "--offline", "--filter-platform", host, "--format-version", "1"], folder);
    const { packages } = JSON.parse(resolved);
    const [{ dependencies }] = packages.filter(({ name }) => name === "shown");
    assert.ok(dependencies.length > 1);
    // A patch that is not used is only a warning.
    for (const { name } of dependencies.filter(({ name }) => name in OURS)) {
      assert.equal(packages.find((one) => one.name === name).source, null, `${name} is not ours`);
    }
  });
}
