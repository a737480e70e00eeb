// Pages without a bundler.

import assert from "node:assert/strict";
import { test } from "node:test";
import { written } from "../../docs/documents.mjs";
import { open } from "../lib/browser.mjs";
import { echo, ws } from "../lib/echo.mjs";
import { fine } from "../lib/expected.mjs";
import { consumer } from "../lib/package.mjs";
import { serve } from "../lib/serve.mjs";

const PACKAGE = "/node_modules/steady-websocket";
const head = '<!doctype html><meta charset="utf-8">';
const map = `<script type="importmap">{ "imports": {
  "steady-websocket": "${PACKAGE}/index.js", "steady-websocket/async": "${PACKAGE}/async.js" } }</script>`;
const module = `${head}${map}<script type="module" src="/app/page.js"></script>`;
const csp = (value) => ({ "content-security-policy": value });
/** What docs/loading.md says to send, for the tests' server. */
const shown = () =>
  Object.fromEntries(
    written("http")
      .flatMap(({ code }) => code.trim().split("\n"))
      .map((line) => line.split(/: (.*)/))
      .map(([name, value]) => [name.toLowerCase(), value.replaceAll("wss://example.com", ws)]),
  );

const pages = {
  "/module": { body: module },
  "/strict": { body: module, headers: csp("script-src 'self' 'unsafe-inline'") },
  "/allowed": { body: module, headers: csp("script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'") },
  // No inline script either: the global script is the only one.
  "/bare": { body: `${head}<script src="${PACKAGE}/global.js"></script>`, headers: csp("script-src 'self'") },
  "/bare-allowed": {
    body: `${head}<script src="${PACKAGE}/global.js"></script>`,
    headers: shown(),
  },
  // An old page in an old charset.
  "/global": {
    body: `<!doctype html><meta charset="windows-1252"><script>globalThis.native = WebSocket</script>
      <script src="${PACKAGE}/global.js"></script>
      <script type="module">import { probe } from "/app/probe.js"; globalThis.probe = probe</script>`,
    headers: { "content-type": "text/html; charset=windows-1252" },
  },
};

async function visit(t, path, types) {
  const opened = await open((await serve(consumer, pages, types)) + path);
  t.after(opened.close);
  return opened;
}

test("a module script: window and async", async (t) => {
  const { page } = await visit(t, "/module");
  await page.waitForFunction(() => globalThis.probes);
  for (const kind of ["window", "async"]) {
    assert.deepEqual(await page.evaluate(([kind, url]) => probes[kind](url), [kind, echo]), fine, kind);
  }
});

test("the global script puts both classes in place, as interfaces are", async (t) => {
  const { page } = await visit(t, "/global");
  await page.waitForFunction(() => globalThis.probe);
  assert.deepEqual(await page.evaluate((url) => probe(globalThis, url), echo), fine);
  const seen = await page.evaluate(() => ({
    replaced: WebSocket !== native,
    extended: SteadyWebSocket.prototype instanceof WebSocket,
    attributes: ["WebSocket", "SteadyWebSocket"].map((name) => {
      const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(globalThis, name);
      return { writable, enumerable, configurable };
    }),
  }));
  const attributes = { writable: true, enumerable: false, configurable: true };
  assert.deepEqual(seen, { replaced: true, extended: true, attributes: [attributes, attributes] });
});

test("the global script in a classic worker", async (t) => {
  const { page } = await visit(t, "/global");
  const told = await page.evaluate((path) => {
    const source = `importScripts("${location.origin}${path}/global.js");
      postMessage([WebSocket.name, SteadyWebSocket.prototype instanceof WebSocket])`;
    const worker = new Worker(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  }, PACKAGE);
  assert.deepEqual(told, ["WebSocket", true]);
});

const sentence =
  "steady-websocket: this page's Content-Security-Policy forbids WebAssembly; add 'wasm-unsafe-eval' to its script-src.";

for (const [path, what] of [["/strict", "a module script"], ["/bare", "the global script"]]) {
  test(`${what}: a policy without 'wasm-unsafe-eval' is named in one sentence`, async (t) => {
    const { page, errors } = await visit(t, path);
    const deadline = Date.now() + 30_000;
    while (errors.length === 0 && Date.now() < deadline) await page.waitForTimeout(20);
    assert.deepEqual(errors, [`Error: ${sentence}`]);
    const told = await page.evaluate((path) => import(path).then((m) => m.init()).catch((e) => e.message), `${PACKAGE}/async.js`);
    assert.equal(told, sentence);
  });
}

// Under a policy that forbids the connection the steady class retries for ever.
const ends = { timeout: 120_000 };
test("docs/loading.md: its header suffices for the global script and for modules", ends, async (t) => {
  const { page, errors } = await visit(t, "/bare-allowed");
  for (const entry of [undefined, `${PACKAGE}/index.js`, `${PACKAGE}/async.js`]) {
    const told = await page.evaluate(
      async ([entry, url]) => {
        const { probe } = await import("/app/probe.js");
        const classes = entry ? await import(entry) : globalThis;
        await classes.init?.();
        return probe(classes, url);
      },
      [entry, echo],
    );
    assert.deepEqual(told, fine, entry);
  }
  assert.deepEqual(errors, []);
});

test("a policy with 'wasm-unsafe-eval' suffices where an import map needs 'unsafe-inline'", async (t) => {
  const { page } = await visit(t, "/allowed");
  await page.waitForFunction(() => globalThis.probes);
  assert.deepEqual(await page.evaluate((url) => probes.async(url), echo), fine);
});

test("init: a server that does not know the wasm media type, given sources, a second try", async (t) => {
  const { page } = await visit(t, "/module", { ".html": "text/html", ".js": "text/javascript" });
  await page.waitForFunction(() => globalThis.probes);
  const told = await page.evaluate(async (path) => {
    const wasm = `${path}/steady_websocket_bg.wasm`;
    const fresh = (n) => import(`${path}/async.js?${n}`);
    const sources = [undefined, wasm, fetch(wasm), await (await fetch(wasm)).arrayBuffer()];
    const ready = [];
    for (const [n, source] of sources.entries()) {
      const { init, WebSocket } = await fresh(n);
      await init(source);
      ready.push(typeof WebSocket);
    }
    const { init } = await fresh("again");
    const missing = await init(`${path}/absent.wasm`).catch((error) => error.message);
    return { ready, missing: missing.replace(location.origin, ""), again: await init(), same: (await init()) === undefined };
  }, PACKAGE);
  assert.deepEqual(told, {
    ready: ["function", "function", "function", "function"],
    missing: `steady-websocket: ${PACKAGE}/absent.wasm answered 404`,
    again: undefined,
    same: true,
  });
});
