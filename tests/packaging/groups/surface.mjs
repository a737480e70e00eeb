// The public surface, pinned: adding or removing a name is a decision, not an accident.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { consumer } from "../lib/package.mjs";
import { programs } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";

const names = async (entry) => {
  const source = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(entry)})).sort()))`;
  return JSON.parse(await run(programs.node(), ["--input-type=module", "--eval", source], { cwd: consumer }));
};

test("surface: steady-websocket", async () => {
  assert.deepEqual(await names("steady-websocket"), ["SteadyWebSocket", "WebSocket"]);
});

test("surface: steady-websocket/network", async () => {
  assert.deepEqual(await names("steady-websocket/network"), ["Network"]);
});

test("surface: steady-websocket/session", async () => {
  assert.deepEqual(await names("steady-websocket/session"), ["SteadyWebSocket"]);
});

test("surface: steady-websocket/server", async () => {
  assert.deepEqual(await names("steady-websocket/server"), ["MemoryStore", "SessionServer", "StoreRefusal"]);
});

test("surface: steady-websocket/async, from the file and from the entry that runtimes get", async () => {
  const expected = ["SteadyWebSocket", "WebSocket", "default", "init"];
  assert.deepEqual(await names("steady-websocket/async"), expected);
  assert.deepEqual(await names(join(consumer, "node_modules/steady-websocket/async.js")), expected);
});

test("surface: steady-websocket/global defines SteadyWebSocket, replaces WebSocket, and nothing else", async () => {
  const source = `const before = Object.getOwnPropertyNames(globalThis);
    const native = WebSocket;
    await import("steady-websocket/global");
    const added = Object.getOwnPropertyNames(globalThis).filter((name) => !before.includes(name));
    console.log(JSON.stringify([added, WebSocket !== native]))`;
  const told = await run(programs.node(), ["--input-type=module", "--eval", source], { cwd: consumer });
  assert.deepEqual(JSON.parse(told), [["SteadyWebSocket"], true]);
});
