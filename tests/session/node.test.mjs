// The session client over a real server in Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadyWebSocket } from "../../pkg/session.js";
import { event, sessionServer, until } from "./lib.mjs";

const FAST = { backoff: { first: 1, floor: 1, jitter: "none" } };

test("a message goes there and back, and both are handled", async () => {
  const { url, core, close } = await sessionServer({
    onsession(session) {
      session.onmessage = (data) => session.send(`echo ${data}`);
    },
  });
  const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
  const sent = socket.send("one", { track: true });
  const { data } = await event(socket, "message");
  assert.equal(data, "echo one");
  assert.equal(await sent.fate, "delivered");
  await socket.flushed();
  socket.close();
  const { code, wasClean } = await event(socket, "close");
  assert.deepEqual([code, wasClean], [1000, true]);
  await until(() => core.size === 0);
  await close();
});

test("a connection that is cut is resumed, and nothing is lost or doubled", async () => {
  const received = [];
  const { url, server, sessions, close } = await sessionServer({
    onsession(session) {
      session.onmessage = (data) => void received.push(data);
    },
  });
  const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
  const states = [];
  const messages = [];
  socket.addEventListener("session", ({ state }) => states.push(state));
  socket.addEventListener("message", ({ data }) => messages.push(data));
  socket.send("a");
  await socket.flushed();
  const [session] = sessions;
  session.send("1");
  await session.flushed();
  socket.send("b");
  for (const client of server.clients) client.terminate();
  session.send("2");
  await event(socket, "reconnecting");
  socket.send("c");
  session.send("3");
  await socket.flushed();
  await session.flushed();
  assert.deepEqual(received, ["a", "b", "c"]);
  assert.deepEqual(messages, ["1", "2", "3"]);
  assert.deepEqual(states, ["new", "resuming", "resumed"]);
  assert.equal(sessions.length, 1);
  socket.close();
  await event(socket, "close");
  await close();
});
