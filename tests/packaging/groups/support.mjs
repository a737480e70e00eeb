// The oldest engines: what docs/browsers.md states is what the published files need.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { transform } from "esbuild";
import { installed } from "../lib/package.mjs";
import { root } from "../lib/places.mjs";
import { members, newer, versions } from "../support/engines.mjs";
import { needs, oldest } from "../support/needs.mjs";
import { PROPOSALS, bare, beyond, modules } from "../support/wasm.mjs";

const INSIDE = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext"];
/** wasm-bindgen's glue keeps objects in a table of references. */
const GLUED = [...INSIDE, "multivalue", "reference-types"];

/** The rows of the table: their scripts for browsers, and the proposals that their wasm uses. */
const ROWS = {
  "`steady-websocket`, `/async`, `/global`, `/codes`, `/trace`": { files: ["index", "async", "global", "codes", "trace"], proposals: INSIDE },
  "`/session`": { files: ["session"], proposals: GLUED },
  "`/network`, `/network/jest`, `/network/vitest`": { files: ["network", "network.jest", "network.vitest"], proposals: GLUED },
};
const BROWSERS = ["chrome", "edge", "firefox", "safari"];

const script = (file) => readFile(join(installed, `${file}.js`), "utf8");
const page = await readFile(join(root, "docs/browsers.md"), "utf8");
const cells = (line) => line.split("|").slice(1, -1).map((cell) => cell.trim());
const table = new Map(page.split("\n").filter((line) => line.startsWith("| `")).map((line) => [cells(line)[0], cells(line).slice(1)]));

/** Returns what the scripts and the wasm of a row need. */
async function needed({ files, proposals }) {
  const found = new Map();
  for (const file of files) for (const [feature, row] of needs(await script(file))) found.set(feature, row);
  for (const name of proposals) if (PROPOSALS[name]) found.set(PROPOSALS[name], versions(PROPOSALS[name]));
  return found;
}

/** Returns the first line that esbuild writes otherwise for these engines than for the newest. */
async function rewritten(code, target) {
  // The newest Unicode properties are in no browser, so esbuild trusts none with any of them; MDN's data has ours.
  const supported = { "regexp-unicode-property-escapes": true };
  const [now, then] = await Promise.all(["esnext", target].map((target) => transform(code, { target, supported })));
  return then.code.split("\n").find((line, at) => line !== now.code.split("\n")[at]);
}

for (const [entries, row] of Object.entries(ROWS)) {
  test(`docs/browsers.md: the oldest browsers for ${entries}`, async () => {
    const found = oldest(await needed(row));
    const [chrome, edge] = [found.chrome.version, found.edge.version];
    const stated = table.get(entries)?.slice(0, 3);
    const decided = BROWSERS.map((browser) => `${browser} ${found[browser].version}: ${found[browser].deciding.join(", ")}`);
    const chromium = newer(edge, chrome) ? edge : chrome;
    assert.deepEqual(stated, [chromium, found.firefox.version, found.safari.version], decided.join("\n"));
  });

  test(`${entries}: esbuild has nothing to rewrite for the stated browsers`, async () => {
    const [chrome, firefox, safari] = table.get(entries);
    for (const file of row.files) {
      const target = [`chrome${chrome}`, `edge${chrome}`, `firefox${firefox}`, `safari${safari}`];
      assert.equal(await rewritten(await script(file), target), undefined, file);
    }
  });
}

const NODE = 20;

test("docs/browsers.md: the oldest Node has what is needed without sockets, and a later one has WebSocket", async () => {
  const { engines } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  assert.equal(engines.node, `>=${NODE}`);
  // "./async" has another file there.
  for (const file of ["index", "global", "trace", "codes", "session", "network", "network.jest", "network.vitest", "server"]) {
    for (const [feature, { nodejs }] of needs(await script(file))) {
      // A member that no object of JavaScript's has is one of sockets and pages.
      const ofSockets = /WebSocket|MessageEvent/.test(feature) || (feature.startsWith(".") && !members(feature.slice(1), []).length);
      assert.ok(ofSockets || !newer(nodejs, NODE), `${file}: ${feature} needs Node ${nodejs}`);
    }
  }
  assert.match(page, new RegExp(`Node ${versions("api.WebSocket").nodejs.split(".")[0]}\\b`));
});

for (const [entry, proposals] of Object.entries({ "": INSIDE, "/trace": INSIDE, "/session": GLUED, "/network": GLUED, "/server": GLUED })) {
  test(`steady-websocket${entry}: its wasm uses no other proposals than ${proposals.join(", ")}`, async () => {
    const [wasm] = await modules(`steady-websocket${entry}`);
    assert.equal(await beyond(wasm, proposals), undefined);
  });
}

test("the proposal that decides for /session is used there", async () => {
  const [wasm] = await modules("steady-websocket/session");
  assert.match(await beyond(wasm, GLUED.filter((name) => name !== "reference-types")), /reference/);
});

test("the wasm of a page's entries is that of the async entry, or one of those above", async () => {
  const file = await readFile(join(installed, "steady_websocket_bg.wasm"));
  const [[index], [, beside]] = await Promise.all([modules("steady-websocket"), modules("steady-websocket/session")]);
  assert.deepEqual([Buffer.compare(index, file), Buffer.compare(beside, file)], [0, 0]);
});

// The check itself.

const decided = (source) => {
  const { chrome } = oldest(needs(source));
  return [chrome.version, chrome.deciding[0]];
};

test("a newer feature raises the version, wherever it stands", () => {
  const cases = {
    "export class A { static { A.b = 1 } }": ["94", "javascript.classes.static.initialization_blocks"],
    "export default Promise.withResolvers()": ["119", "javascript.builtins.Promise.withResolvers"],
    "export const g = globalThis; g.x = AbortSignal.any([])": ["116", "api.AbortSignal.any_static"],
    "export const last = (list) => list.toSorted()": ["110", ".toSorted"],
    'export const last = (list) => list["findLast"]((x) => x)': ["97", ".findLast"],
    "export const { WeakRef: mine } = globalThis": ["84", "javascript.builtins.WeakRef"],
    "const { try: attempt } = Promise; export { attempt }": ["128", "javascript.builtins.Promise.try"],
    "export const clock = globalThis; new clock.WeakRef({})": ["84", ".WeakRef"],
    "export class Mine extends WebSocketStream {}": ["124", "api.WebSocketStream"],
    "export const words = (text) => text.match(/(?<=a)b/)": ["62", "javascript.regular_expressions.lookbehind_assertion"],
    "export const words = /[\\p{L}--[a-z]]/v": ["112", "javascript.builtins.RegExp.unicodeSets"],
    "await 1": ["89", "javascript.operators.await.top_level"],
    "export const it = (s) => new Blob([s]).stream()": ["76", ".stream"],
  };
  for (const [source, expected] of Object.entries(cases)) assert.deepEqual(decided(source), expected, source);
});

test("a name that a script declares is not the engine's, and a name that nobody has is refused", () => {
  const local = `import { scheduler } from "x";
    export function f(structuredClone, { Promise: p = 1, ...Iterator }) { try { g(structuredClone, p, Iterator) } catch (WeakRef) { WeakRef() } }
    function g() { let navigation; for (const Temporal of []) Temporal(navigation, scheduler); label: for (;;) break label }`;
  assert.deepEqual([...needs(local).keys()].filter((key) => !/^javascript\.(statements|operators)/.test(key)), []);
  assert.throws(() => needs("export const x = nowhere"), /no engine has `nowhere`/);
});

test("syntax that is newer than the stated browsers' is rewritten by esbuild", async () => {
  assert.match(await rewritten("{ using a = b() }", "chrome94"), /Symbol/);
  assert.equal(await rewritten("class A { static { b() } }", "chrome94"), undefined);
});

/** A function of no arguments, with this body. */
const wasm = (...body) =>
  Buffer.from([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, body.length + 4, 1, body.length + 2, 0, ...body, 11]);

test("an instruction of another proposal is found, whatever the module says of itself", async () => {
  // v128.const 0; drop
  const simd = wasm(0xfd, 12, ...Array(16).fill(0), 0x1a);
  const claims = Buffer.from([0, 22, 15, ...Buffer.from("target_features"), 1, 0x2b, 4, ...Buffer.from("simd")]);
  claims[1] = claims.length - 2;
  for (const module of [simd, Buffer.concat([simd, claims])]) {
    assert.ok(WebAssembly.validate(module));
    assert.match(await beyond(module, GLUED), /v128/);
  }
  // i32.const 0; i32.extend8_s; drop
  const extends8 = wasm(0x41, 0, 0xc0, 0x1a);
  assert.match(await beyond(extends8, []), /extend8_s/);
  assert.equal(await beyond(extends8, ["sign-ext"]), undefined);
  assert.deepEqual(bare(Buffer.concat([simd, claims])), simd);
});
