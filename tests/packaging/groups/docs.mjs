// Checks the JavaScript and TypeScript examples in the documents as strictly as TypeScript can, then runs them in a
// page.
//
// A comment after a block specifies what it logs, `<!-- logs: a; b -->`, and its server: `<!-- server: /path -->` of
// the fault server, `<!-- server: name -->` of tests/peers/clients, or `<!-- server: session -->`, the program for Node in
// the same document. Blocks with `<!-- runs in: vitest -->` are run by tests/frameworks,
// the files of an app by tests/apps.

import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { written } from "../../docs/documents.mjs";
import { peers } from "../../peers/clients/peers.mjs";
import { Program, freePort } from "../../peers/lib/program.mjs";
import { open } from "../lib/browser.mjs";
import { http, ws } from "../lib/echo.mjs";
import { consumer, installed } from "../lib/package.mjs";
import { programs, root } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";
import { serve } from "../lib/serve.mjs";

const here = join(consumer, "docs");
/** The clients that others wrote. */
const theirs = join(root, "tests/peers/node_modules");
await mkdir(here, { recursive: true });

const shown = written("js", "ts").filter(({ comments, path }) => !path && !comments.includes("<!-- runs in: vitest -->"));
const blocks = shown.map(({ file, line, code, comments }) => {
  const say = (word) => comments.match(new RegExp(`<!-- ${word}: (.*?) -->`))?.[1];
  const script = join(here, `${file.replaceAll("/", "-")}-${line}.ts`);
  return { file, name: `${file}:${line}`, script, code, server: say("server") ?? "/echo", logs: say("logs") };
});
for (const { script, code } of blocks) await writeFile(script, `${code}export {};\n`);

const pages = { "/": { body: '<!doctype html><meta charset="utf-8">' }, "/token": { body: '{ "token": "t0k3n" }' } };
await copyFile(join(installed, "steady_websocket_bg.wasm"), join(here, "steady_websocket_bg.wasm"));
const site = await serve(here, pages);

test("docs: every block is TypeScript", async () => {
  assert.ok(blocks.length > 20, `${blocks.length} blocks`);
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    // Errors in other packages' types are not ours.
    skipLibCheck: true,
    target: "esnext",
    lib: ["esnext", "dom", "dom.iterable"],
    types: [],
    module: "esnext",
    moduleResolution: "bundler",
    paths: Object.fromEntries(["graphql-ws", "mqtt", "graphql"].map((name) => [name, [join(theirs, name)]])),
  };
  const project = join(here, "tsconfig.json");
  await writeFile(project, JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  await run(process.execPath, [programs.tsc(), "--project", project]);
});

/** The program for Node in a document. */
async function nodeProgram(file, port) {
  const [{ code }] = written("mjs").filter((block) => block.file === file);
  const outfile = join(here, `${file.replaceAll("/", "-")}.cjs`);
  const stdin = { contents: code.replace("8080", port), resolveDir: consumer };
  // The glue of wasm-bindgen can load its wasm by its address, which is not used.
  const logOverride = { "empty-import-meta": "silent" };
  await build({ stdin, outfile, nodePaths: [theirs], bundle: true, platform: "node", format: "cjs", logLevel: "error", logOverride });
  return Program.script(port, outfile);
}

/** Where a block's server is. */
async function start(t, server, file) {
  if (server.startsWith("/")) return ws + server;
  const port = await freePort();
  const program = server === "session" ? await nodeProgram(file, port) : peers[server].server(port);
  t.after(() => program.kill({ name: "SIGTERM" }));
  await program.start();
  return `ws://127.0.0.1:${program.port}`;
}

for (const block of blocks) {
  test(`docs: ${block.name}`, async (t) => {
    const outfile = block.script.replace(/\.ts$/, ".js");
    // The replacements of the documents' example URLs.
    const address = await start(t, block.server, block.file);
    const contents = block.code.replaceAll(/wss:\/\/example\.com\/[a-z]+/g, address).replaceAll("http://example.com", http);
    const stdin = { contents, resolveDir: consumer, loader: "ts" };
    await build({ stdin, outfile, nodePaths: [theirs], bundle: true, format: "esm", target: "esnext", logLevel: "error" });
    const { page, errors, close } = await open(`${site}/`);
    t.after(close);
    await page.evaluate((file) => {
      globalThis.told = [];
      console.log = (...words) => told.push(words.join(" "));
      addEventListener("unhandledrejection", ({ reason }) => told.push(`rejected: ${reason}`));
      return import(file).then(() => told.push("the end"), (cause) => told.push(`thrown: ${cause}`));
    }, `/${basename(outfile)}`);
    const wanted = ["the end", ...(block.logs?.split("; ") ?? [])];
    await page
      .waitForFunction((wanted) => wanted.every((one) => told.includes(one)), wanted, { timeout: 20_000 })
      .catch(async () => assert.fail(`not told: ${wanted}; told: ${(await page.evaluate(() => told)).slice(0, 20).join(" | ")}`));
    const wrong = await page.evaluate(() => told.filter((one) => /^(rejected|thrown): /.test(one)));
    assert.deepEqual([...errors, ...wrong], []);
  });
}
