// Four bundlers with minimal configuration; their output is opened in Chromium.

import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { open } from "../lib/browser.mjs";
import { echo } from "../lib/echo.mjs";
import { fine } from "../lib/expected.mjs";
import { consumer, installed } from "../lib/package.mjs";
import { serve } from "../lib/serve.mjs";

const WASM = "steady_websocket_bg.wasm";
const app = join(consumer, "app");
const inputs = { page: join(app, "page.js"), worker: join(app, "worker.js"), service: join(app, "service.js") };

/** What Rollup and esbuild leave to their user: the page, and the wasm of "steady-websocket/async". */
async function complete(out) {
  await copyFile(join(app, "index.html"), join(out, "index.html"));
  await copyFile(join(installed, WASM), join(out, WASM));
}

const bundlers = {
  async vite(out) {
    const { build } = await import("vite");
    const input = { index: join(app, "index.html"), service: inputs.service };
    const entryFileNames = "[name].js";
    await build({
      root: app,
      logLevel: "error",
      configFile: false,
      worker: { format: "es" },
      build: { outDir: out, rollupOptions: { input, output: { entryFileNames } } },
    });
  },
  async webpack(out) {
    const { default: webpack } = await import("webpack");
    const stats = await new Promise((resolve, reject) => {
      const entry = { page: inputs.page, service: inputs.service };
      webpack({ mode: "production", context: consumer, entry, output: { path: out } }, (error, result) =>
        error ? reject(error) : resolve(result),
      );
    });
    assert.equal(stats.hasErrors() || stats.hasWarnings(), false, stats.toString());
    await writeFile(join(out, "index.html"), await readFile(join(app, "index.html")));
  },
  async rollup(out) {
    const { rollup } = await import("rollup");
    const { default: resolve } = await import("@rollup/plugin-node-resolve");
    const bundle = await rollup({ input: inputs, plugins: [resolve({ browser: true })] });
    await bundle.write({ dir: out, format: "es", chunkFileNames: "[name].js" });
    await complete(out);
  },
  async esbuild(out) {
    const { build } = await import("esbuild");
    await build({ entryPoints: inputs, outdir: out, bundle: true, splitting: true, minify: true, format: "esm" });
    await complete(out);
  },
};

for (const [name, bundle] of Object.entries(bundlers)) {
  test(name, async (t) => {
    const out = join(consumer, "dist", name);
    await bundle(out);
    const { page, errors, close } = await open(`${await serve(out)}/`);
    t.after(close);
    for (const kind of ["window", "async", "dedicated", "shared", "service"]) {
      await t.test(`${name}: ${kind}`, async () => {
        await page.waitForFunction(() => globalThis.probes).catch(() => assert.fail(errors.join("\n")));
        assert.deepEqual(await page.evaluate(([kind, url]) => probes[kind](url), [kind, echo]), fine);
      });
    }
    assert.deepEqual(errors, []);
  });
}

test("a bundler drops the package where nothing of it is used, but not the global script", async () => {
  const { build } = await import("esbuild");
  const size = async (contents) => {
    const stdin = { contents, resolveDir: consumer };
    const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", logLevel: "silent" });
    return outputFiles[0].text.length;
  };
  assert.ok((await size('import "steady-websocket"')) < 100);
  assert.ok((await size('import "steady-websocket/global"')) > 1000);
});

test("vite's development server", async (t) => {
  const { createServer } = await import("vite");
  const server = await createServer({ root: app, configFile: false, logLevel: "error", server: { port: 0 } });
  await server.listen();
  t.after(() => server.close());
  const { page, errors, close } = await open(server.resolvedUrls.local[0]);
  t.after(close);
  await page.waitForFunction(() => globalThis.probes).catch(() => assert.fail(errors.join("\n")));
  for (const kind of ["window", "async", "dedicated"]) {
    assert.deepEqual(await page.evaluate(([kind, url]) => probes[kind](url), [kind, echo]), fine, kind);
  }
});
