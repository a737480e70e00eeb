// The session client with a real server in Node.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { SteadyWebSocket } from "../../pkg/session.js";
import { event, listen, sessionServer, uncaught, until } from "./lib.mjs";

const FAST = { backoff: { first: 1, floor: 1, jitter: "none" } };

test("a message and its echo are handled", async () => {
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

test("the close event carries what close() was given, though the server closes the session", async () => {
  const { url, close } = await sessionServer();
  for (const [args, expected] of [[[3001, "done"], [3001, "done", true]], [[], [1000, "", true]]]) {
    const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
    await event(socket, "session");
    socket.close(...args);
    const { code, reason, wasClean } = await event(socket, "close");
    assert.deepEqual([code, reason, wasClean], expected);
  }
  await close();
});

test("a connection that is cut while the socket closes: only close follows", async () => {
  let handled;
  const { url, server, sessions, close } = await sessionServer({
    onsession(session) {
      session.onmessage = () => new Promise((resolve) => (handled = resolve));
    },
  });
  const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
  await event(socket, "open");
  socket.send("handled late");
  await until(() => handled);
  const events = [];
  for (const type of ["open", "reconnecting", "error", "close"]) {
    socket.addEventListener(type, () => events.push(`${type} in state ${socket.readyState}`));
  }
  socket.close();
  const resumed = new Promise((resolve) => {
    socket.addEventListener("session", ({ state }) => state === "resumed" && resolve());
  });
  for (const client of server.clients) client.terminate();
  await resumed;
  handled();
  await event(socket, "close");
  assert.deepEqual(events, ["close in state 3"]);
  assert.equal(sessions.length, 1);
  await close();
});

test("a cut connection is resumed without losing or repeating messages", async () => {
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

test("a connection can be cut after any message", async () => {
  for (let cut = 1; cut <= 14; cut++) {
    const received = [];
    let count = 0;
    const { url, server, close } = await sessionServer({
      onsession(session) {
        session.onmessage = (data) => {
          received.push(data);
          session.send(`echo ${data}`);
        };
      },
    });
    // Count every message on the wire in both directions.
    server.prependListener("connection", (client) => {
      const step = () => ++count === cut && client.terminate();
      const { send } = client;
      client.send = (...args) => {
        send.apply(client, args);
        step();
      };
      client.prependListener("message", step);
    });
    const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
    const messages = [];
    socket.addEventListener("message", ({ data }) => messages.push(data));
    const expected = ["a", "\u0010b", "\u0010\u0010c", "d"];
    for (const text of expected) socket.send(text);
    await socket.flushed();
    await until(() => messages.length >= expected.length);
    assert.deepEqual(received, expected, `cut after ${cut}`);
    assert.deepEqual(messages, expected.map((text) => `echo ${text}`), `cut after ${cut}`);
    socket.close();
    await event(socket, "close");
    await close();
  }
});

// Node fires no close event for a handshake that fails because of the sub-protocol; the browser tests cover that
// case.
const PLAIN = {
  "that repeats the first offer": {},
  "that knows the application's protocol": { handleProtocols: (offered) => (offered.has("chat") ? "chat" : false) },
};
for (const [what, options] of Object.entries(PLAIN)) {
  for (const protocols of options.handleProtocols ? [["chat"]] : [[], ["chat"]]) {
    test(`a plain server ${what}, with the protocols [${protocols}]`, async () => {
      const { url, server, close } = await listen(options);
      server.on("connection", (client) => client.on("message", (data, isBinary) => client.send(isBinary ? data : `${data}`)));
      const socket = new SteadyWebSocket(url, protocols, FAST);
      const states = [];
      const messages = [];
      socket.addEventListener("session", ({ state }) => states.push(state));
      socket.addEventListener("message", ({ data }) => messages.push(data));
      // Sent before and during `open`: the order is preserved.
      const first = socket.send("\u0010first", { track: true });
      socket.addEventListener("open", () => socket.send("second"), { once: true });
      await until(() => messages.length === 2);
      assert.deepEqual(messages, ["\u0010first", "second"]);
      assert.deepEqual(states, ["none"]);
      assert.equal(await first.fate, "handed-over");
      const chosen = options.handleProtocols?.(new Set(protocols)) ?? protocols[0];
      if (protocols.length) assert.equal(socket.protocol, chosen || "");
      else assert.equal(socket.protocol, "");
      await socket.flushed();
      for (const client of server.clients) client.terminate();
      await event(socket, "reconnecting");
      socket.send("third");
      await until(() => messages.length === 3);
      socket.close(3000);
      assert.equal((await event(socket, "close")).code, 3000);
      await close();
    });
  }
}

test("a plain server refuses a session that is required", async () => {
  const { url, close } = await listen({});
  const socket = new SteadyWebSocket(url, ["chat"], { session: "require", ...FAST });
  const sent = socket.send("never", { track: true });
  const lost = event(socket, "sessionlost");
  const closed = event(socket, "close");
  assert.equal((await lost).reason, "no-sessions");
  assert.equal((await closed).wasClean, false);
  assert.equal(await sent.fate, "closed");
  await close();
});

test("a message sent while a refused socket is about to end has its fate", async () => {
  const { url, close } = await listen({ handleProtocols: () => "chat" });
  const socket = new SteadyWebSocket(url, ["chat"], { session: "require", ...FAST });
  const fates = [];
  for (const type of ["open", "sessionlost"]) socket.addEventListener(type, () => fates.push(socket.send(type, {}).fate));
  await event(socket, "close");
  assert.deepEqual(await Promise.all(fates), ["closed", "closed"]);
  await close();
});

test("close() before a session has begun discards what waits for it", async () => {
  const { url, server, close } = await listen({});
  server.on("connection", (client) => client._socket.pause());
  for (const session of ["prefer", "require"]) {
    const socket = new SteadyWebSocket(url, [], { session, ...FAST });
    await event(socket, "open");
    const events = logged(socket);
    socket.send("one");
    const two = socket.send("two", {});
    const discarded = event(socket, "discard");
    const flushed = assert.rejects(socket.flushed(), { ticket: 0, reason: "closed" });
    const ready = socket.ready();
    socket.close();
    assert.deepEqual((await discarded).messages.map(({ ticket, reason }) => [ticket, reason]), [[0, "closed"], [1, "closed"]]);
    assert.equal(await two.fate, "closed");
    await Promise.all([flushed, ready]);
    socket.terminate();
    await event(socket, "close");
    assert.deepEqual(events, ["discard", "error", "close"]);
  }
  await close();
});

test("ready() goes on with the messages that move to a plain server", async () => {
  const { url, close } = await listen({ handleProtocols: () => "chat" });
  const socket = new SteadyWebSocket(url, ["chat"], { ...FAST, highWaterMark: 50, lowWaterMark: 10 });
  socket.send("x".repeat(60));
  const [{ state }] = await Promise.all([event(socket, "session"), socket.ready()]);
  assert.equal(state, "none");
  await socket.ready();
  await end({ socket, close });
});

test("messages keep their tickets when they move to a plain server", async () => {
  const { url, server, close } = await listen({ handleProtocols: () => "chat" });
  const socket = new SteadyWebSocket(url, ["chat"], FAST);
  const writer = socket.writable.getWriter();
  socket.send("cancelled", {}).cancel();
  const moved = socket.send("moved", {});
  await assert.rejects(socket.flushed(), { ticket: 0, reason: "cancelled" });
  const flushed = socket.flushed();
  assert.equal((await event(socket, "session")).state, "none");
  assert.equal(await moved.fate, "handed-over");
  await flushed;
  assert.deepEqual([moved.ticket, socket.send("sent", {}).ticket], [1, 2]);
  await socket.flushed();
  for (const client of server.clients) client.terminate();
  await event(socket, "reconnecting");
  const discarded = event(socket, "discard");
  const dropped = socket.send("dropped", {});
  const failed = assert.rejects(socket.flushed(), { ticket: 3, reason: "cancelled" });
  dropped.cancel();
  await failed;
  assert.deepEqual((await discarded).messages, [{ data: "dropped", reason: "cancelled", ticket: 3 }]);
  await socket.flushed();
  // The stream reports what it was not told of.
  const closed = event(socket, "close");
  await assert.rejects(writer.close(), { ticket: 3, reason: "cancelled" });
  await closed;
  await close();
});

test("flushes wait for their messages, when these move to a plain server", async () => {
  const { url, close } = await listen({ handleProtocols: () => "chat" });
  let open;
  const beforeFlush = () => new Promise((resolve) => (open = resolve));
  const socket = new SteadyWebSocket(url, ["chat"], { ...FAST, beforeFlush });
  const states = event(socket, "session");
  socket.send("first");
  const first = socket.flushed();
  const second = socket.send("second", {});
  const both = assert.rejects(socket.flushed(), { ticket: 1, reason: "cancelled" });
  assert.equal((await states).state, "none");
  second.cancel();
  await both;
  open();
  await first;
  await end({ socket, close });
});

test("a hello that comes too late is discarded", async () => {
  const { url, server, close } = await listen({});
  const socket = new SteadyWebSocket(url, ["chat"], FAST);
  const [client] = await once(server, "connection");
  const message = event(socket, "message");
  assert.equal((await event(socket, "session")).state, "none");
  client.send("\u0010H1 262144 120000");
  client.send("\u0010H2");
  assert.equal((await message).data, "\u0010H2");
  await end({ socket, close });
});

test("a plain client is served by a server with sessions", async () => {
  const { url, core, close } = await sessionServer({ protocols: ["chat"] });
  const socket = new SteadyWebSocket(url, ["chat"], { session: "off" });
  const message = event(socket, "message");
  socket.send("hello");
  assert.equal((await message).data, "hello");
  assert.equal(socket.protocol, "chat");
  assert.equal(core.size, 0);
  socket.close();
  await event(socket, "close");
  await close();
});

test("a socket that has closed leaves no timer, which would keep the process alive", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((type) => type === "Timeout").length;
  const { url, close } = await sessionServer();
  const before = timers();
  const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
  await event(socket, "session");
  socket.reconnect();
  await event(socket, "reconnecting");
  await event(socket, "session");
  socket.send("does not live so long", { ttl: 60_000 });
  socket.close();
  await event(socket, "close");
  await close();
  assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
});

test("options that contradict a session are refused by name", () => {
  const refused = (options, text) =>
    assert.throws(() => new SteadyWebSocket("ws://127.0.0.1:1", [], options), { name: "TypeError", message: text });
  refused({ session: "maybe" }, /options\.session must be one of off, prefer, require/);
  refused({ session: "off", sessionWindow: 1 }, /options\.sessionWindow contradicts session: "off"/);
  refused({ inbound: {} }, /options\.inbound contradicts session: "prefer"/);
  refused({ connectTimeout: 2_000 }, /options\.connectTimeout contradicts session: "prefer": the server's hello may take 2000 ms, use more/);
  refused({ sessionWindow: 0 }, /options\.sessionWindow must be/);
  refused({ session: "require", heartbeat: { interval: 1, timeout: 1, message: "x" } }, /options\.heartbeat\.message contradicts/);
  refused({ nonsense: 1 }, /options\.nonsense is not an option/);
  assert.throws(() => new SteadyWebSocket("ws://127.0.0.1:1", ["a", "a"], {}), { name: "SyntaxError" });
});

/** Returns a socket with an open session, and the session. */
async function opened(options = {}, server = {}) {
  const made = await sessionServer(server);
  const socket = new SteadyWebSocket(made.url, [], { session: "require", ...FAST, ...options });
  await event(socket, "session");
  await until(() => made.sessions.length);
  return { ...made, socket, session: made.sessions[0] };
}

/** The events of a socket, from now on. */
function logged(socket) {
  const events = [];
  for (const type of ["open", "session", "discard", "sessionlost", "reconnecting", "error", "close"]) {
    socket.addEventListener(type, () => events.push(type));
  }
  return events;
}

async function end({ socket, close }) {
  socket.terminate();
  await event(socket, "close");
  await close();
}

test("the queue's rules apply to messages that were never sent", async () => {
  const fates = {};
  const { url, sessions, close } = await sessionServer();
  const socket = new SteadyWebSocket(url, [], { session: "require", queue: { maxBytes: 12, overflow: "drop-oldest" }, ...FAST });
  const discarded = [];
  socket.addEventListener("discard", ({ messages }) => discarded.push(...messages.map(({ data, reason }) => `${data} ${reason}`)));
  const send = (data, options) => {
    const sent = socket.send(data, options);
    sent.fate.then((fate) => {
      fates[data] = fate;
    });
    return sent;
  };
  send("key1", { key: "k" });
  send("key2", { key: "k" });
  assert.equal(send("gone", { track: true }).cancel(), true);
  send("bound", { session: true });
  socket.newSession();
  send("oldest", { track: true });
  send("newest", { track: true });
  assert.equal(socket.bufferedAmount, 12);
  const received = [];
  await until(() => sessions.length);
  sessions[0].onmessage = (data) => void received.push(data);
  await socket.flushed().catch(() => socket.flushed());
  assert.deepEqual(received, ["oldest", "newest"]);
  assert.deepEqual(fates, {
    key1: "replaced", gone: "cancelled", bound: "stale-session", key2: "overflow", oldest: "delivered", newest: "delivered",
  });
  assert.deepEqual(discarded, ["key1 replaced", "gone cancelled", "bound stale-session", "key2 overflow"]);
  await end({ socket, close });
});

test("a buffer that is handed over is detached, and sent again as it was", async () => {
  const handled = [];
  const { url, server, close } = await sessionServer({
    onsession(session) {
      session.onmessage = async (data) => {
        handled.push([...new Uint8Array(data)]);
        if (handled.length === 1) for (const client of server.clients) client.terminate();
      };
    },
  });
  const socket = new SteadyWebSocket(url, [], { session: "require", ...FAST });
  const bytes = new Uint8Array([0, 1, 2, 3]);
  const sent = [bytes.subarray(1, 3), new Uint8Array([4, 5]).buffer].map((data) => socket.send(data, { transfer: true }));
  assert.equal(bytes.length, 0);
  assert.deepEqual(await Promise.all(sent.map(({ fate }) => fate)), ["delivered", "delivered"]);
  assert.deepEqual(handled, [[1, 2], [4, 5]]);
  socket.close();
  await event(socket, "close");
  await close();
});

test("each lost message is reported by a flush, whichever was lost first", async () => {
  const made = await opened({}, { window: 4 });
  const { socket } = made;
  socket.send("fill");
  const waiting = [socket.send("one", {}), socket.flushed(), socket.send("two", {})];
  const first = assert.rejects(waiting[1], { ticket: 1 });
  for (const sent of [waiting[2], waiting[0]]) sent.cancel();
  await first;
  // "two" was lost, too. Of several losses a flush names the last.
  await assert.rejects(socket.flushed(), { ticket: 1 });
  const [earlier, later] = [socket.send("earlier", {}), socket.send("later", {})];
  const failed = assert.rejects(socket.flushed(), { ticket: 4 });
  for (const sent of [later, earlier]) sent.cancel();
  await failed;
  await assert.rejects(socket.flushed(), { ticket: 3 });
  made.session.onmessage = () => {};
  await socket.flushed();
  await end(made);
});

test("a flush at a plain server reports the losses that no flush has reported, and only these", async () => {
  const { url, close } = await listen({ handleProtocols: () => "chat" });
  let open;
  const beforeFlush = () => new Promise((resolve) => (open = resolve));
  const socket = new SteadyWebSocket(url, ["chat"], { ...FAST, beforeFlush });
  const sent = ["a", "b", "c", "d"].map((text) => socket.send(text, {}));
  const failed = assert.rejects(socket.flushed(), { ticket: 3, reason: "cancelled" });
  sent[3].cancel();
  await failed;
  assert.equal((await event(socket, "session")).state, "none");
  const waiting = assert.rejects(socket.flushed(), { ticket: 2, reason: "cancelled" });
  for (const ticket of [2, 1]) sent[ticket].cancel();
  await waiting;
  await assert.rejects(socket.flushed(), { ticket: 1, reason: "cancelled" });
  open();
  await socket.flushed();
  await end({ socket, close });
});

test("a message is dropped when its ttl expires, without changing the numbers of others", async () => {
  const made = await opened({}, { window: 4 });
  const { socket, session } = made;
  socket.send("fill");
  const late = socket.send("late", { ttl: 20 });
  socket.send("next");
  assert.equal(await late.fate, "expired");
  const received = [];
  session.onmessage = (data) => void received.push(data);
  await assert.rejects(socket.flushed(), { name: "NetworkError", reason: "expired", ticket: 1 });
  await socket.flushed();
  assert.deepEqual(received, ["fill", "next"]);
  await end(made);
});

test("send() throws when the queue is full, and ready() waits until the server has handled enough", async () => {
  const made = await opened({ queue: { maxBytes: 100 }, highWaterMark: 50, lowWaterMark: 10 });
  const { socket, session } = made;
  socket.send("x".repeat(60));
  assert.throws(() => socket.send("x".repeat(41)), { name: "QuotaExceededError" });
  // Three bytes each.
  assert.throws(() => socket.send("€".repeat(14)), { name: "QuotaExceededError" });
  let drained = false;
  socket.addEventListener("drain", () => {
    drained = true;
  });
  const ready = socket.ready();
  assert.equal(socket.bufferedAmount, 60);
  session.onmessage = () => {};
  await ready;
  await until(() => drained);
  assert.equal(socket.bufferedAmount, 0);
  await end(made);
});

test("a client that stops reading makes the server's sender wait, with bounded memory", async () => {
  for (const reader of ["readable", "listener"]) {
    const made = await opened({ sessionWindow: 100 }, { queue: 1_000 });
    const { socket, session } = made;
    const waiting = [];
    const got = [];
    const stream = reader === "readable" && socket.readable.getReader();
    if (reader === "listener") {
      socket.onmessage = ({ data }) => {
        got.push(data);
        return new Promise((resolve) => waiting.push(resolve));
      };
      assert.equal(typeof socket.onmessage, "function");
    }
    for (let count = 0; count < 20; count++) session.send("x".repeat(50));
    assert.throws(() => session.send("x"), {
      code: "ERR_SESSION_FULL",
      message: "The queue is full: await ready(), or raise options.queue.",
    });
    for (let count = 0; count < 20; count++) {
      await until(() => socket.stats().receivedMessages > count);
      const unread = socket.stats().receivedMessages - count;
      assert.ok(unread <= 2, `${unread} unread messages of 50 in a window of 100`);
      if (stream) got.push((await stream.read()).value);
      else {
        await until(() => waiting.length);
        waiting.shift()();
      }
    }
    await session.flushed();
    assert.equal(got.length, 20);
    await end(made);
  }
});

test("a message is handled if its listener throws or rejects, and the exception is reported", async () => {
  const { reported, restore } = uncaught();
  const made = await opened();
  made.socket.onmessage = ({ data }) => {
    if (data === "throw") throw new Error("thrown");
    return Promise.reject(new Error("rejected"));
  };
  made.session.send("throw");
  made.session.send("reject");
  await made.session.flushed();
  await until(() => reported.length === 2);
  assert.deepEqual(reported.sort(), ["rejected", "thrown"]);
  restore();
  await end(made);
});

test("listeners can be removed, and onmessage returns the original function", async () => {
  const made = await opened();
  const { socket, session } = made;
  const seen = [];
  const listener = { handleEvent: ({ data }) => seen.push(data) };
  socket.addEventListener("message", listener);
  socket.addEventListener("message", listener);
  const handler = ({ data }) => seen.push(`on ${data}`);
  socket.onmessage = handler;
  assert.equal(socket.onmessage, handler);
  session.send("1");
  await session.flushed();
  socket.removeEventListener("message", listener);
  socket.onmessage = null;
  session.send("2");
  await session.flushed();
  assert.deepEqual(seen, ["1", "on 1"]);
  await end(made);
});

test("heartbeats use the session's ping, and detect a silent server", async () => {
  const seen = [];
  const { url, server, sessions, close } = await sessionServer();
  let silent = false;
  server.prependListener("connection", (client) => {
    client.prependListener("message", (data) => seen.push(`${data}`));
    const { send } = client;
    client.send = (...args) => silent || send.apply(client, args);
  });
  const socket = new SteadyWebSocket(url, [], { session: "require", heartbeat: { interval: 10, timeout: 200 }, ...FAST });
  const messages = [];
  socket.addEventListener("message", ({ data }) => messages.push(data));
  await until(() => socket.stats().roundTrip !== undefined);
  assert.ok(seen.includes("\u0010P"));
  assert.deepEqual(messages, []);
  silent = true;
  sessions[0].send("sent into silence");
  await event(socket, "reconnecting");
  silent = false;
  await sessions[0].flushed();
  assert.deepEqual(messages, ["sent into silence"]);
  await end({ socket, close });
});

test("readable and writable work with a session, and end with the socket", async () => {
  const made = await opened();
  const { socket, session, server } = made;
  session.onmessage = (data) => session.send(`echo ${data}`);
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  await writer.write("one");
  assert.equal((await reader.read()).value, "echo one");
  for (const client of server.clients) client.terminate();
  await writer.write("two");
  assert.equal((await reader.read()).value, "echo two");
  // The socket closes once everything is handled.
  await writer.close();
  assert.equal((await reader.read()).done, true);
  assert.equal((await session.closed).reason, "closed");
  await made.close();
});

test("readable holds as much as the window allows, which may be more than without a session", async () => {
  const megabyte = new Uint8Array(1 << 20);
  const made = await opened({ sessionWindow: 80 << 20 }, { queue: 80 << 20 });
  const { socket, session } = made;
  const reader = socket.readable.getReader();
  const count = 70;
  for (let sent = 0; sent < count; sent++) session.send(megabyte);
  await until(() => socket.stats().receivedMessages === count);
  for (let read = 0; read < count; read++) assert.equal((await reader.read()).value.size, 1 << 20);
  await session.flushed();
  await end(made);
});

test("close() waits until the server has handled everything, even if the connection is lost", async () => {
  const made = await opened();
  const { socket, session, server } = made;
  const received = [];
  socket.send("before");
  socket.close(3000, "bye");
  assert.equal(socket.readyState, 2);
  const late = socket.send("after", { track: true });
  assert.equal(await late.fate, "closed");
  for (const client of server.clients) client.terminate();
  const closed = event(socket, "close");
  session.onmessage = (data) => void received.push(data);
  assert.equal((await closed).wasClean, true);
  assert.deepEqual(received, ["before"]);
  await made.close();
});

test("close() gives up after closeTimeout, and reports messages in doubt", async () => {
  const made = await opened({ closeTimeout: 50 });
  const { socket, session } = made;
  session.onmessage = () => new Promise(() => {});
  socket.send("never handled");
  const events = logged(socket);
  const lost = event(socket, "sessionlost");
  const closed = event(socket, "close");
  socket.close();
  const { reason, unhandled } = await lost;
  assert.equal(reason, "given-up");
  assert.deepEqual(unhandled, [{ data: "never handled", reason: "in-doubt", ticket: 0 }]);
  assert.equal((await closed).code, 1006);
  assert.deepEqual(events, ["discard", "sessionlost", "error", "close"]);
  await made.close();
});

test("a server that closes the session before it has handled everything: the rest is discarded", async () => {
  const made = await opened();
  const { socket, session } = made;
  const sent = socket.send("not handled", { track: true });
  const flushed = socket.flushed();
  const discarded = event(socket, "discard");
  const closed = event(socket, "close");
  let again;
  socket.addEventListener("discard", () => (again ??= socket.send("again", {})));
  await until(() => session.stats.received === 1);
  session.close();
  const expected = [{ data: "not handled", reason: "not-handled", ticket: 0 }];
  assert.deepEqual((await discarded).messages, expected);
  assert.equal(await sent.fate, "not-handled");
  await assert.rejects(flushed, { ticket: 0, reason: "not-handled" });
  assert.equal((await closed).wasClean, true);
  // The socket was closing already.
  assert.equal(await again.fate, "closed");
  await made.close();
});

test("after close() a message only counts in bufferedAmount, whatever its size", async () => {
  const made = await opened({ queue: { maxBytes: 10 } });
  const { socket } = made;
  const closed = event(socket, "close");
  const discarded = event(socket, "discard");
  socket.close();
  socket.send("x".repeat(11));
  assert.equal(socket.bufferedAmount, 11);
  assert.equal((await discarded).messages[0].reason, "closed");
  await closed;
  const events = logged(socket);
  assert.equal(await socket.send("y", {}).fate, "closed");
  assert.equal(socket.bufferedAmount, 12);
  await new Promise(setImmediate);
  assert.deepEqual(events, []);
  await made.close();
});

test("a server whose counts are wrong is told so", async () => {
  const { url, server, close } = await listen({});
  const bits = "0".repeat(32);
  server.on("connection", (client) => {
    client.send("\u0010H1 262144 120000");
    client.on("message", () => client.send(`\u0010W${bits} ${bits} ${bits} 120000 262144`));
  });
  const socket = new SteadyWebSocket(url, [], { session: "require" });
  await event(socket, "session");
  const [client] = server.clients;
  client.send("\u0010A5 1000 0");
  const [code, reason] = await once(client, "close");
  assert.equal(code, 4500);
  assert.match(`${reason}`, /5/);
  socket.terminate();
  await close();
});

test("close() throws for invalid arguments, and the session continues", async () => {
  const made = await opened();
  assert.throws(() => made.socket.close(1001), { name: "InvalidAccessError" });
  assert.throws(() => made.socket.close(1000, "x".repeat(124)), { name: "SyntaxError" });
  made.session.onmessage = () => {};
  made.socket.send("still open");
  await made.socket.flushed();
  await end(made);
});

test("a session survives a proxy that closes the connection with 1000", async () => {
  const made = await opened();
  const { socket, session, server } = made;
  for (const client of server.clients) client.close(1000);
  await event(socket, "reconnecting");
  session.onmessage = () => {};
  socket.send("goes on");
  await socket.flushed();
  assert.equal(session.stats.handled, 1);
  await end(made);
});

test("a plain server that sends first is recognized at once, and its texts are not unescaped", async () => {
  for (const first of ["\u0010\u0010twice", "\u0010once", "\u0010A0 0 0", "plain"]) {
    const { url, server, close } = await listen({});
    server.on("connection", (client) => client.send(first));
    const socket = new SteadyWebSocket(url, ["chat"], FAST);
    const message = event(socket, "message");
    assert.equal((await event(socket, "session")).state, "none");
    assert.equal((await message).data, first);
    await end({ socket, close });
  }
});
