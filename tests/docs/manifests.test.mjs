// A manifest that a document shows is one that cargo resolves, with our crates as they are here.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root, written } from "./documents.mjs";

const run = promisify(execFile);
const OURS = { "steady-websocket": ".", "steady-websocket-yew": "integrations/yew", "steady-websocket-leptos": "integrations/leptos" };

const shown = written("toml");
test("manifests are found", () => assert.ok(shown.length > 1));
for (const { file, line, code } of shown) {
  test(`${file}:${line}: cargo resolves it`, async () => {
    const folder = join(root, "target/docs", basename(file, ".md"));
    await mkdir(join(folder, "src"), { recursive: true });
    await writeFile(join(folder, "src/lib.rs"), "");
    // The workspace's own choice of versions: they are on this machine.
    await copyFile(join(root, "Cargo.lock"), join(folder, "Cargo.lock"));
    const here = Object.entries(OURS).map(([name, path]) => `${name} = { path = ${JSON.stringify(join(root, path))} }\n`);
    const head = '[package]\nname = "shown"\nedition = "2024"\n\n';
    await writeFile(join(folder, "Cargo.toml"), `${head}${code}\n[patch.crates-io]\n${here.join("")}\n[workspace]\n`);
    const { stdout } = await run("cargo", ["metadata", "--offline", "--format-version", "1"], { cwd: folder, maxBuffer: 1e8 });
    const { packages } = JSON.parse(stdout);
    const [{ dependencies }] = packages.filter(({ name }) => name === "shown");
    assert.ok(dependencies.length > 1);
    // A patch that is not taken is only a warning.
    for (const { name } of dependencies.filter(({ name }) => name in OURS)) {
      assert.equal(packages.find((one) => one.name === name).source, null, `${name} is not ours`);
    }
  });
}
