// Plain `wasm-pack build`, as its users run it: the main file exports the classes there too.

import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "../lib/browser.mjs";
import { echo } from "../lib/echo.mjs";
import { fine } from "../lib/expected.mjs";
import { consumer } from "../lib/package.mjs";
import { root, work } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";
import { serve } from "../lib/serve.mjs";

async function pack(name, ...flags) {
  const out = join(work, name);
  await rm(out, { recursive: true, force: true });
  await run("wasm-pack", ["build", "--out-dir", out, ...flags], { cwd: root });
  const { main } = JSON.parse(await readFile(join(out, "package.json"), "utf8"));
  return { out, main: join(out, main) };
}

async function probed(t, folder, pages) {
  const { page, errors, close } = await open((await serve(folder, pages)) + "/");
  t.after(close);
  await page.waitForFunction(() => globalThis.told).catch(() => assert.fail(errors.join("\n")));
  assert.deepEqual(await page.evaluate(() => told), fine);
}

test("wasm-pack build", async (t) => {
  const { out, main } = await pack("wasm-pack-bundler");
  const entry = join(out, "entry.mjs");
  await writeFile(
    entry,
    `import { probe } from ${JSON.stringify(join(consumer, "app/probe.js"))};
import { SteadyWebSocket, WebSocket } from ${JSON.stringify(main)};
globalThis.told = await probe({ SteadyWebSocket, WebSocket }, ${JSON.stringify(echo)});`,
  );
  const { default: webpack } = await import("webpack");
  const dist = join(out, "dist");
  const config = {
    mode: "production",
    entry,
    output: { path: dist, publicPath: "/" },
    experiments: { asyncWebAssembly: true },
  };
  const stats = await new Promise((resolve, reject) =>
    webpack(config, (error, result) => (error ? reject(error) : resolve(result))),
  );
  assert.equal(stats.hasErrors(), false, stats.toString());
  await probed(t, dist, { "/": { body: '<!doctype html><meta charset="utf-8"><script src="main.js"></script>' } });
});

test("wasm-pack build --target web", async (t) => {
  const { main } = await pack("wasm-pack-web", "--target", "web");
  const script = `import init, { SteadyWebSocket, WebSocket } from "/${main.slice(work.length + 1)}";
    import { probe } from "/consumer/app/probe.js";
    await init();
    globalThis.told = await probe({ SteadyWebSocket, WebSocket }, ${JSON.stringify(echo)});`;
  await probed(t, work, { "/": { body: `<!doctype html><meta charset="utf-8"><script type="module">${script}</script>` } });
});

test("a crate that depends on this one gets none of the classes", async () => {
  // Outside the checkout, whose .cargo/config.toml would be used.
  const app = await mkdtemp(join(tmpdir(), "steady-app-"));
  const manifest = `[package]
name = "app"
version = "0.0.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[dependencies]
steady-websocket = { path = ${JSON.stringify(root)} }
[workspace]
`;
  await writeFile(join(app, "Cargo.toml"), manifest);
  await mkdir(join(app, "src"));
  await writeFile(join(app, "src/lib.rs"), "pub use steady_websocket;\n");
  await copyFile(join(root, "Cargo.lock"), join(app, "Cargo.lock"));
  const env = { ...process.env };
  delete env.STEADY_NPM;
  // A target folder of its own: a library that is also a cdylib has one file name for all ways of compiling it, and
  // cargo would use the wrong one.
  const target = join(root, "target/packaging-app");
  const flags = ["--release", "--target", "wasm32-unknown-unknown", "--target-dir", target];
  try {
    await run("cargo", ["build", "--quiet", ...flags], { cwd: app, env });
  } finally {
    await rm(app, { recursive: true });
  }
  const wasm = await readFile(join(target, "wasm32-unknown-unknown/release/app.wasm"), "latin1");
  assert.ok(!wasm.includes("socket.js") && !wasm.includes("SteadyWebSocket"));
});
