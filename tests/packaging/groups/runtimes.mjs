// Runtimes other than browsers.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { echo } from "../lib/echo.mjs";
import { fine } from "../lib/expected.mjs";
import { consumer } from "../lib/package.mjs";
import { programs } from "../lib/places.mjs";
import { run } from "../lib/run.mjs";
import { OPTIONAL } from "../support/optional.mjs";

const script = join(consumer, "runtime.mjs");
await writeFile(
  script,
  `import { probe } from "./app/probe.js";
import * as sync from "steady-websocket";
import * as later from "steady-websocket/async";
await later.init();
const url = ${JSON.stringify(echo)};
const told = { sync: await probe(sync, url), async: await probe(later, url) };
await import("steady-websocket/global");
console.log(JSON.stringify({ ...told, global: await probe(globalThis, url) }));
`,
);

/** What hangs has failed. */
const timeout = 60_000;
const deno = ["run", "--no-remote", "--node-modules-dir=manual", "--allow-net", "--allow-read"];
const runtimes = {
  "Node 22": (file) => run(programs.node(), [file], { timeout }),
  Deno: (file) => run(programs.deno(), [...deno, file], { cwd: consumer, timeout }),
  Bun: (file) => run(programs.bun(), ["run", file], { cwd: consumer, timeout }),
};

for (const [name, start] of Object.entries(runtimes)) {
  test(name, async () => assert.deepEqual(JSON.parse(await start(script)), { sync: fine, async: fine, global: fine }));
}

const talking = join(consumer, "talking.mjs");
const shared = new URL("../../network/conversation.js", import.meta.url);
await writeFile(
  talking,
  `${await readFile(shared, "utf8")}
import { Network } from "steady-websocket/network";
console.log(JSON.stringify([await conversation(Network), WIRE]));
`,
);

for (const [name, start] of Object.entries(runtimes)) {
  test(`${name}: the network has the same wire as everywhere`, async () => {
    const [wire, expected] = JSON.parse(await start(talking));
    assert.equal(wire, expected);
  });
}

test("Node 22 without the globals that the package can do without", async () => {
  const names = Object.keys(OPTIONAL).map((key) => /^api\.(?:Window\.)?(\w+)$/.exec(key)?.[1]);
  const without = names.filter((name) => name && name !== "setImmediate").map((name) => `delete globalThis.${name};`).join("");
  const args = ["--import", `data:text/javascript,${without}`];
  const told = await Promise.all([script, talking].map((file) => run(programs.node(), [...args, file], { timeout })));
  const [classes, [wire, expected]] = told.map((text) => JSON.parse(text));
  assert.deepEqual([classes, wire], [{ sync: fine, async: fine, global: fine }, expected]);
});

const throwing = join(consumer, "throwing.mjs");
await writeFile(
  throwing,
  `import { throwing } from "./app/throwing.js";
import * as classes from "steady-websocket";
console.warn = () => {};
console.log(JSON.stringify(await throwing(classes, ${JSON.stringify(echo)})));
`,
);

for (const [name, start] of Object.entries(runtimes)) {
  test(`${name}: exceptions of the application's are reported as those of listeners, and every socket goes on`, async () => {
    const { usual, told } = JSON.parse(await start(throwing));
    assert.deepEqual(told, {
      "message of WebSocket": usual,
      "close of WebSocket": usual,
      "message of SteadyWebSocket": usual,
      "close of SteadyWebSocket": usual,
      retry: usual,
      beforeFlush: [usual, "gate", "kept"],
      "heartbeat.message": usual,
      isReply: usual,
      provider: [false, "an address"],
    });
  });
}

const aborting = join(consumer, "aborting.mjs");
await writeFile(
  aborting,
  `import { SteadyWebSocket } from "steady-websocket";
const socket = new SteadyWebSocket(() => new Promise(() => {}));
const abort = new AbortController();
let heard = 0;
socket.addEventListener("message", () => heard++, { signal: abort.signal });
for (let i = 0; i < 3; i++) {
  socket.dispatchEvent(new MessageEvent("message"));
  abort.abort();
}
socket.close();
console.log(heard);
`,
);

for (const [name, start] of Object.entries(runtimes)) {
  test(`${name}: an aborted listener hears no message that the application dispatches`, async () => {
    assert.equal(await start(aborting), "1\n");
  });
}

test("Node 22: require", async () => {
  const source = 'console.log(Object.keys(require("steady-websocket")).join())';
  const args = ["--no-warnings", "--input-type=commonjs", "--eval", source];
  assert.equal(await run(programs.node(), args, { cwd: consumer }), "SteadyWebSocket,WebSocket\n");
});

test("a Node without WebSocket can import every entry", async () => {
  const source = `delete globalThis.WebSocket;
    for (const entry of ["", "/async", "/global"]) await import("steady-websocket" + entry);
    console.log(typeof SteadyWebSocket);`;
  const args = ["--input-type=module", "--eval", source];
  for (const node of [process.execPath, programs.node()]) {
    assert.equal(await run(node, args, { cwd: consumer }), "function\n", node);
  }
});
