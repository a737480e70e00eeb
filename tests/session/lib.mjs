// Helpers for the session tests: `ws`, a server with sessions, and a proxy that cuts connections.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";
import net from "node:net";
import { SessionServer } from "../../pkg/server.js";

export const { WebSocketServer } = createRequire(new URL("../peers/package.json", import.meta.url))("ws");

/** Returns a promise for the next event of this type. */
export const event = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

/** Resolves when the condition holds. */
export async function until(holds) {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Collects uncaught exceptions and rejections until `restore()`, in place of the test runner, which would fail the test. */
export function uncaught() {
  const reported = [];
  const restore = ["uncaughtException", "unhandledRejection"].map((type) => {
    const listeners = process.listeners(type);
    process.removeAllListeners(type).on(type, (cause) => reported.push(cause.message));
    return () => {
      process.removeAllListeners(type);
      for (const listener of listeners) process.on(type, listener);
    };
  });
  return { reported, restore: () => restore.forEach((put) => put()) };
}

/** Starts a server on a free port. */
export async function listen(options) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  await once(server, "listening");
  const url = `ws://127.0.0.1:${server.address().port}/`;
  return {
    url,
    server,
    async close() {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

/** Starts a server with sessions. `sessions` lists those that began. */
export async function sessionServer(options = {}) {
  const sessions = [];
  const core = new SessionServer({
    ...options,
    onsession(session) {
      sessions.push(session);
      options.onsession?.(session);
    },
  });
  const made = await listen({ handleProtocols: core.handleProtocols });
  made.server.on("connection", (socket, request) => core.accept(socket, request) || socket.on("message", (data, isBinary) => socket.send(isBinary ? data : `${data}`)));
  return { ...made, core, sessions };
}

/** A connection by hand: `next` resolves with the next message, or with the close code. */
export async function raw(url, protocols = "steady.v1") {
  const socket = new WebSocket(url, protocols);
  const queue = [];
  let wake = () => {};
  const push = (item) => {
    queue.push(item);
    wake();
  };
  socket.addEventListener("message", ({ data }) => push(data));
  let reason;
  socket.addEventListener("close", (closed) => {
    ({ reason } = closed);
    push(closed.code);
  });
  await event(socket, "open");
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    /** Returns the reason of the close. */
    reason: () => reason,
    async next() {
      while (!queue.length) await new Promise((resolve) => (wake = resolve));
      return queue.shift();
    },
  };
}

/** Opens a session by hand. Returns its keys. */
export async function open(connection) {
  assert.match(await connection.next(), /^\u0010H1 \d+ \d+$/);
  connection.send("\u0010O1000");
  const [, id, secret, nonce] = /^\u0010W(\w+) (\w+) (\w+) /.exec(await connection.next());
  return { id, secret, nonce };
}

export const resume = ({ id, secret, nonce }, attempt, received = 0) => `\u0010R${id} ${secret} ${nonce} ${attempt} ${received} 1000`;
