// The first socket of a page: its handshake begins before the wasm is instantiated.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "../lib/browser.mjs";
import { echo } from "../lib/echo.mjs";
import { consumer } from "../lib/package.mjs";
import { serve } from "../lib/serve.mjs";

const PACKAGE = "/node_modules/steady-websocket";

/** Imports the package in a new page, runs `act` there, and returns what it returns and in which order things were made. */
async function watch(t, act, entry = "index.js") {
  const { page, close } = await open((await serve(consumer, { "/empty": { body: "<!doctype html>" } })) + "/empty");
  t.after(close);
  return page.evaluate(
    async ([path, url, act]) => {
      const made = [];
      const sockets = [];
      const { Instance } = WebAssembly;
      WebAssembly.Instance = function (...args) {
        made.push("wasm");
        return new Instance(...args);
      };
      const native = WebSocket;
      const { get: readyState } = Object.getOwnPropertyDescriptor(native.prototype, "readyState");
      globalThis.WebSocket = new Proxy(native, {
        construct(target, args, maker) {
          const socket = Reflect.construct(target, args, maker);
          made.push("socket");
          sockets.push(socket);
          return socket;
        },
      });
      const classes = await import(path);
      const imported = [...made];
      const told = await (0, eval)(`(${act})`)(classes, url);
      return { imported, told, made, left: sockets.filter((socket) => readyState.call(socket) < native.CLOSING).length };
    },
    [`${PACKAGE}/${entry}`, echo, `${act}`],
  );
}

for (const name of ["WebSocket", "SteadyWebSocket"]) {
  test(`${name}: the wasm is instantiated once, and after the handshake has begun`, async (t) => {
    const seen = await watch(t, `async (classes, url) => {
      const talk = async () => {
        const socket = new classes.${name}(url);
        await new Promise((resolve) => socket.addEventListener("open", resolve));
        socket.send("hello");
        const { data } = await new Promise((resolve) => socket.addEventListener("message", resolve));
        socket.close();
        return data;
      };
      return [await talk(), await talk()];
    }`);
    assert.deepEqual(seen, { imported: [], told: ["hello", "hello"], made: ["socket", "wasm", "socket"], left: 0 });
  });
}

/** Constructs a steady socket, and returns the name of what was thrown. */
const refused = (options) => `(classes, url) => {
  try {
    new classes.SteadyWebSocket(url, [], ${options});
  } catch (error) {
    return error.name;
  }
}`;

test("options that the core refuses leave no native socket", async (t) => {
  const seen = await watch(t, refused("{ connectTimeout: 0 }"));
  assert.deepEqual(seen, { imported: [], told: "TypeError", made: ["socket", "wasm"], left: 0 });
});

test("a signal that can't be listened to leaves no native socket", async (t) => {
  const seen = await watch(t, refused(`{ signal: { addEventListener() { throw new RangeError("no"); } } }`));
  assert.deepEqual(seen, { imported: [], told: "RangeError", made: ["socket", "wasm"], left: 0 });
});

test("an aborted signal and a provider begin no handshake", async (t) => {
  const aborted = await watch(t, refused("{ signal: AbortSignal.abort() }"));
  assert.deepEqual(aborted, { imported: [], told: undefined, made: ["wasm"], left: 0 });
  const provider = await watch(t, `(classes) => {
    new classes.SteadyWebSocket(() => new Promise(() => {}));
  }`);
  assert.deepEqual(provider.made, ["wasm"]);
});

test("a trace is replayed without a socket", async (t) => {
  const { told, made } = await watch(t, `(classes) => {
    try {
      classes.replay("nonsense");
    } catch (error) {
      return error.name;
    }
  }`, "trace.js");
  assert.deepEqual([told, made], ["SyntaxError", ["wasm"]]);
});

test("a socket before init() is an error that says so", async (t) => {
  const construct = `(classes, url) => {
    try {
      new classes.WebSocket(url);
    } catch (error) {
      return error.message;
    }
  }`;
  const { told } = await watch(t, construct, "async.js");
  assert.equal(told, "steady-websocket: wait for init() before the first socket.");
});
