// The Node server: opening and resuming, limits, stores, and shutdown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore, SessionServer, StoreRefusal } from "../../pkg/server.js";
import { SteadyWebSocket } from "../../pkg/session.js";
import { event, listen, open, raw, resume, sessionServer, uncaught, until } from "./lib.mjs";

const FAST = { session: "require", backoff: { first: 1, floor: 1, restartFloor: 1, busyFloor: 1, jitter: "none" } };

const connect = (url, options) => new SteadyWebSocket(url, [], { ...FAST, ...options });

async function terminate(...sockets) {
  for (const socket of sockets) {
    const closed = event(socket, "close");
    socket.terminate();
    await closed;
  }
}

test("authorize runs at the open and each resume, and must return the same identity", async () => {
  const asked = [];
  let identity = "alice";
  const { url, server, sessions, close } = await sessionServer({
    authorize: (request) => {
      asked.push(request.url);
      return identity;
    },
  });
  const socket = connect(`${url}?token=1`);
  await event(socket, "session");
  assert.equal(sessions[0].identity, "alice");
  for (const client of server.clients) client.terminate();
  await until(() => asked.length === 2);
  await event(socket, "session");
  identity = "mallory";
  const lost = event(socket, "sessionlost");
  for (const client of server.clients) client.terminate();
  assert.equal((await lost).reason, "identity");
  assert.deepEqual(asked.slice(0, 3), Array(3).fill("/?token=1"));
  await terminate(socket);
  await close();
});

test("an unauthorized connection is closed with 1008", async () => {
  for (const authorize of [() => undefined, () => Promise.reject(new Error("no"))]) {
    const { url, core, close } = await sessionServer({ authorize });
    const connection = await raw(url);
    assert.match(await connection.next(), /^\u0010H/);
    connection.send("\u0010O1000");
    assert.equal(await connection.next(), 1008);
    assert.equal(core.size, 0);
    await close();
  }
});

test("messages before the session can authorize, and are not numbered", async () => {
  const { url, sessions, close } = await sessionServer({
    async authorize(request, { send, receive, protocol }) {
      assert.equal(protocol, "chat");
      send("\u0010who?");
      return receive();
    },
    protocols: ["chat"],
  });
  const socket = new SteadyWebSocket(url, ["chat"], {
    ...FAST,
    async beforeFlush({ send, socket: asking }) {
      const { data } = await event(asking, "message");
      assert.equal(data, "\u0010who?");
      send("\u0010alice");
    },
  });
  socket.send("counted");
  await until(() => sessions.length);
  assert.equal(sessions[0].identity, "\u0010alice");
  for await (const data of sessions[0]) {
    assert.equal(data, "counted");
    break;
  }
  await socket.flushed();
  socket.close();
  await event(socket, "close");
  await close();
});

test("a wrong secret, a repeated resume and an unknown id are refused, and the session survives", async () => {
  const { url, core, close } = await sessionServer();
  const first = await raw(url);
  const keys = await open(first);
  const refused = async (text) => {
    const connection = await raw(url);
    await connection.next();
    connection.send(text);
    const answer = await connection.next();
    return typeof answer === "string" ? [answer, await connection.next()] : [answer];
  };
  assert.deepEqual(await refused(resume({ ...keys, secret: "0".repeat(32) }, 1)), ["\u0010Nunknown", 1000]);
  assert.deepEqual(await refused(resume({ ...keys, id: "0".repeat(32) }, 1)), ["\u0010Nunknown", 1000]);
  const second = await raw(url);
  await second.next();
  second.send(resume(keys, 1));
  assert.match(await second.next(), /^\u0010K/);
  assert.equal(await first.next(), 4502);
  // Repeat an overheard frame.
  assert.deepEqual(await refused(resume(keys, 1)), [4502]);
  assert.equal(core.size, 1);
  second.close();
  await close();
});

test("malformed and misplaced frames are refused", async () => {
  const { url, close } = await sessionServer({ authorize: () => new Promise(() => {}), openWithin: 5_000 });
  for (const text of ["\u0010", "\u0010A0 0 0", "\u0010O0", "\u0010O1 ", "\u0010R1"]) {
    const connection = await raw(url);
    await connection.next();
    connection.send(text);
    assert.equal(await connection.next(), 4501, JSON.stringify(text));
  }
  const impatient = await raw(url);
  await impatient.next();
  impatient.send("\u0010O1000");
  impatient.send("too early");
  assert.equal(await impatient.next(), 4501);
  await close();
});

test("a full server refuses new sessions and keeps existing ones", async () => {
  const { url, core, sessions, close } = await sessionServer({ maxSessions: 1 });
  const first = connect(url);
  await event(first, "session");
  const second = connect(url);
  const kept = second.send("waits", { track: true });
  assert.equal((await event(second, "sessionlost")).reason, "full");
  assert.equal(core.size, 1);
  first.send("still here");
  sessions[0].onmessage = () => {};
  await first.flushed();
  first.close();
  // Now there is room, and accepted messages are not lost.
  await until(() => sessions.length === 2);
  sessions[1].onmessage = () => {};
  assert.equal(await kept.fate, "delivered");
  await terminate(second);
  await close();
});

test("an identity has a limit of sessions; a resume and an empty identity do not count against it", async () => {
  const authorize = (request) => new URL(request.url, "http://localhost").searchParams.get("user") ?? "";
  const { url, server, core, sessions, close } = await sessionServer({ authorize, maxSessionsPerIdentity: 1 });
  const sockets = [connect(`${url}?user=ann`)];
  await event(sockets[0], "session");
  const second = connect(`${url}?user=ann`);
  const kept = second.send("waits", { track: true });
  assert.equal((await event(second, "sessionlost")).reason, "full");
  for (const address of [`${url}?user=bob`, url, url]) {
    const socket = connect(address);
    sockets.push(socket);
    await event(socket, "session");
  }
  assert.equal(core.size, 4);
  const resumed = new Promise((resolve) => {
    sockets[0].addEventListener("session", ({ state }) => state === "resumed" && resolve());
  });
  for (const client of server.clients) client.terminate();
  await resumed;
  sockets[0].close();
  // Now there is room.
  await until(() => sessions.length === 5);
  sessions[4].onmessage = () => {};
  assert.equal(await kept.fate, "delivered");
  for (const socket of [second, ...sockets.slice(1)]) await terminate(socket);
  await close();
});

test("connections that open no session are limited in number and time", async () => {
  const { url, server, close } = await sessionServer({ maxUnopened: 3, openWithin: 200 });
  const connections = await Promise.all(Array.from({ length: 20 }, () => raw(url)));
  const ends = await Promise.all(
    connections.map(async (connection) => {
      for (;;) {
        const item = await connection.next();
        if (typeof item === "number") return item;
      }
    }),
  );
  assert.equal(ends.filter((code) => code === 1013).length, 17);
  assert.equal(ends.filter((code) => code === 1008).length, 3);
  await until(() => server.clients.size === 0);
  await close();
});

test("a session expires after its life, and the client learns how much was handled", async () => {
  const { url, core, server, sessions, close } = await sessionServer({ life: 50 });
  let blocked = true;
  server.options.verifyClient = () => !blocked;
  blocked = false;
  const socket = connect(url);
  socket.send("handled");
  await until(() => sessions.length);
  sessions[0].onmessage = () => {};
  await socket.flushed();
  blocked = true;
  const { closed } = sessions[0];
  sessions[0].send("unhandled");
  for (const client of server.clients) client.terminate();
  assert.equal((await closed).reason, "expired");
  assert.equal(core.size, 0);
  socket.send("not handled");
  const lost = event(socket, "sessionlost");
  blocked = false;
  socket.reconnect();
  const { reason, handled, unhandled } = await lost;
  assert.equal(reason, "expired");
  assert.equal(handled, 1);
  assert.deepEqual(unhandled, [{ data: "not handled", reason: "not-handled", ticket: 1 }]);
  await terminate(socket);
  await close();
});

test("shutdown closes connections with 1012, and another node with the same store continues", async () => {
  const store = new MemoryStore();
  const first = await sessionServer({ store });
  const second = await sessionServer({ store });
  let { url } = first;
  const socket = new SteadyWebSocket(() => url, [], FAST);
  const received = [];
  const messages = [];
  socket.addEventListener("message", ({ data }) => messages.push(data));
  socket.send("one");
  await until(() => first.sessions.length);
  first.sessions[0].onmessage = (data) => void received.push(data);
  await socket.flushed();
  const codes = [];
  socket.addEventListener("reconnecting", ({ code }) => codes.push(code));
  ({ url } = second);
  first.sessions[0].send("from the first");
  await first.core.shutdown();
  socket.send("two");
  await until(() => second.sessions.length);
  const [session] = second.sessions;
  assert.equal(session.id, first.sessions[0].id);
  session.onmessage = (data) => void received.push(data);
  session.send("from the second");
  await socket.flushed();
  await session.flushed();
  assert.deepEqual(received, ["one", "two"]);
  assert.deepEqual(messages, ["from the first", "from the second"]);
  assert.deepEqual(codes, [1012]);
  await terminate(socket);
  await first.close();
  await second.close();
});

test("a node whose session was taken over writes nothing, and its session ends", async () => {
  const store = new MemoryStore();
  const first = await sessionServer({ store });
  const second = await sessionServer({ store });
  const mine = await raw(first.url);
  const keys = await open(mine);
  const other = await raw(second.url);
  await other.next();
  other.send(resume(keys, 1));
  assert.match(await other.next(), /^\u0010K/);
  // The first node does not know it yet.
  first.sessions[0].send("stale");
  assert.equal((await first.sessions[0].closed).reason, "taken");
  const unhandled = "The session ended before the client had handled all messages.";
  await assert.rejects(first.sessions[0].flushed(), { code: "ERR_SESSION_LOST", message: unhandled });
  await assert.rejects(first.sessions[0].ready(), { code: "ERR_SESSION_CLOSED", message: "The session is closed." });
  assert.equal(await mine.next(), 4502);
  assert.throws(() => first.sessions[0].send("more"), { code: "ERR_SESSION_CLOSED" });
  second.sessions[0].send("owner");
  for (;;) {
    const item = await other.next();
    if (item === "owner") break;
    assert.match(item, /^\u0010A/);
  }
  other.close();
  await first.close();
  await second.close();
});

test("the last messages that were not acknowledged are handled again at the next node, with their numbers", async () => {
  for (const way of ["listener", "iteration"]) {
    const memory = new MemoryStore();
    let dead = false;
    // As if the node had died: its later writes never arrive.
    const store = {};
    for (const name of ["create", "read", "adopt", "write"]) {
      store[name] = (...args) => (dead ? new Promise(() => {}) : memory[name](...args));
    }
    const first = await sessionServer({ store });
    const second = await sessionServer({ store: memory });
    const seen = [];
    const read = async (session, count) => {
      if (way === "listener") {
        session.onmessage = (data, number) => void seen.push(`${number}: ${data}`);
        await until(() => session.stats.handled === count);
        return;
      }
      const messages = session[Symbol.asyncIterator]();
      while (session.stats.handled < count) {
        const { value } = await messages.next();
        seen.push(`${session.stats.handled + 1}: ${value}`);
        if (session.stats.handled + 1 === count) return messages.return();
      }
    };
    const mine = await raw(first.url);
    const keys = await open(mine);
    for (let number = 1; number <= 40; number++) mine.send(`m${number}`);
    await until(() => first.sessions.length);
    await read(first.sessions[0], 40);
    mine.send("\u0010?");
    while (!/^\u0010A40 /.test(await mine.next()));
    dead = true;
    for (let number = 41; number <= 43; number++) mine.send(`m${number}`);
    await read(first.sessions[0], 43);
    const other = await raw(second.url);
    await other.next();
    other.send(resume(keys, 1));
    const [, received] = /^\u0010K\w+ \w+ (\d+) /.exec(await other.next());
    assert.equal(received, "40");
    for (let number = 41; number <= 44; number++) other.send(`m${number}`);
    await until(() => second.sessions.length);
    await read(second.sessions[0], 44);
    const expected = Array.from({ length: 43 }, (_, place) => `${place + 1}: m${place + 1}`);
    assert.deepEqual(seen, [...expected, "41: m41", "42: m42", "43: m43", "44: m44"], way);
    await first.close();
    await second.close();
  }
});

test("messages that were handled when the connection ended are not handled again at the next node", async () => {
  for (const way of ["close", "terminate"]) {
    const memory = new MemoryStore();
    let dead = false;
    const store = {};
    for (const name of ["create", "read", "adopt", "write"]) {
      store[name] = async (...args) => (dead ? new Promise(() => {}) : memory[name](...args));
    }
    const seen = [];
    const handle = (session) => {
      session.onmessage = (data, number) => void seen.push(number);
    };
    const first = await sessionServer({ store, onsession: handle });
    const second = await sessionServer({ store: memory, onsession: handle });
    const mine = await raw(first.url);
    const keys = await open(mine);
    for (let number = 1; number <= 5; number++) mine.send(`m${number}`);
    await until(() => seen.length === 5);
    if (way === "close") mine.close();
    else for (const client of first.server.clients) client.terminate();
    await until(() => memory.read(first.sessions[0].id).handled === 5);
    dead = true;
    const other = await raw(second.url);
    await other.next();
    other.send(resume(keys, 1));
    assert.match(await other.next(), /^\u0010K\w+ \w+ 5 /, way);
    other.send("m6");
    await until(() => seen.length === 6);
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6], way);
    await first.close();
    await second.close();
  }
});

test("an end counts what the application has committed in the store itself", async () => {
  for (const way of ["broken", "closed", "expired"]) {
    let memory = new MemoryStore();
    const store = {};
    for (const name of ["create", "read", "adopt", "write"]) {
      store[name] = (...args) => (way === "closed" ? memory[name](...args) : Promise.resolve().then(() => memory[name](...args)));
    }
    /** A transaction of the application's, with which the session has nothing to do. */
    const commit = (id, handled) => {
      const record = memory.read(id);
      memory = new MemoryStore();
      memory.create({ ...record, handled, handledCost: 10 * handled });
    };
    let committed;
    const onsession = (session) => {
      session.onmessage = (data, number) => {
        if (number === 1) return;
        if (number === 2) commit(session.id, number);
        committed = number === 3;
        return new Promise(() => {});
      };
    };
    const first = await sessionServer({ store, onsession, life: way === "expired" ? 50 : 120_000 });
    const second = await sessionServer({ store });
    const mine = await raw(first.url);
    const keys = await open(mine);
    for (let number = 1; number <= 3; number++) mine.send(`m${number}`);
    await until(() => committed);
    if (way === "broken") {
      mine.send("\u0010");
      assert.equal(await mine.next(), "\u0010Nbroken 2");
      assert.equal(await mine.next(), 4501);
    } else if (way === "closed") {
      first.sessions[0].close();
      assert.match(await mine.next(), /^\u0010A2 /);
      assert.equal(await mine.next(), "\u0010B");
    } else {
      mine.close();
      await first.sessions[0].closed;
    }
    assert.equal(first.sessions[0].stats.handled, 2, way);
    for (const { url } of [first, second]) {
      const again = await raw(url);
      await again.next();
      again.send(resume(keys, 1));
      assert.equal(await again.next(), `\u0010N${way} 2`);
    }
    await first.close();
    await second.close();
  }
});

test("an end whose count no store can have ends the session as one that the store has lost", async () => {
  for (const [answer, told] of [[undefined, "broken 1"], [1, "broken 1"], [3, "broken 3"], ["2", "broken 2"], [0, "store"], [4, "store"], ["x", "store"], [{}, "store"]]) {
    const memory = new MemoryStore();
    const store = {};
    for (const name of ["create", "read", "adopt"]) store[name] = (...args) => memory[name](...args);
    store.write = (...args) => {
      memory.write(...args);
      return answer;
    };
    const onsession = (session) => {
      session.onmessage = (data, number) => (number > 1 ? new Promise(() => {}) : undefined);
    };
    const { url, sessions, close } = await sessionServer({ store, onsession });
    const mine = await raw(url);
    await open(mine);
    for (let number = 1; number <= 3; number++) mine.send(`m${number}`);
    await until(() => sessions[0]?.stats.handled === 1 && sessions[0].stats.received === 3);
    mine.send("\u0010");
    assert.equal(await mine.next(), `\u0010N${told}`, String(answer));
    await close();
  }
});

test("a store that lost part of a session ends only that session", async () => {
  const memory = new MemoryStore();
  let broken;
  const store = {
    create: (record) => memory.create(record),
    adopt: (...args) => memory.adopt(...args),
    read(id) {
      const record = memory.read(id);
      return id === broken ? { ...record, secret: "nonsense" } : record;
    },
    write(id, ...rest) {
      if (id === broken) throw new StoreRefusal("gap");
      memory.write(id, ...rest);
    },
  };
  const first = await sessionServer({ store });
  const hurt = connect(first.url);
  await event(hurt, "session");
  const well = connect(first.url);
  await event(well, "session");
  broken = first.sessions[0].id;
  const lost = event(hurt, "sessionlost");
  first.sessions[0].send("x");
  assert.equal((await first.sessions[0].closed).reason, "store");
  assert.equal((await lost).reason, "store");
  const message = event(well, "message");
  first.sessions[1].send("fine");
  assert.equal((await message).data, "fine");
  // At another node the stored record is invalid.
  const second = await sessionServer({ store });
  const connection = await raw(second.url);
  await connection.next();
  connection.send(resume({ id: broken, secret: "0".repeat(32), nonce: "0".repeat(32) }, 1));
  assert.equal(await connection.next(), "\u0010Nstore");
  assert.equal(await connection.next(), 4504);
  await terminate(hurt, well);
  await first.close();
  await second.close();
});

test("an unavailable store makes both ends wait, and nothing is lost", async () => {
  const memory = new MemoryStore();
  let away = false;
  const failures = [];
  const store = {};
  for (const name of ["create", "read", "adopt", "write"]) {
    store[name] = async (...args) => {
      if (away) throw new Error("away");
      return memory[name](...args);
    };
  }
  const { reported, restore } = uncaught();
  const onstorefailure = ({ message }) => {
    failures.push(message);
    throw new Error("thrown");
  };
  const { url, sessions, close } = await sessionServer({ store, onstorefailure });
  const socket = connect(url);
  await event(socket, "session");
  const messages = [];
  socket.addEventListener("message", ({ data }) => messages.push(data));
  await until(() => sessions.length);
  away = true;
  sessions[0].send("one");
  sessions[0].send("two");
  await until(() => failures.length > 1);
  assert.deepEqual(messages, []);
  away = false;
  await sessions[0].flushed();
  assert.deepEqual(messages, ["one", "two"]);
  assert.deepEqual(reported, failures.map(() => "thrown"));
  restore();
  await terminate(socket);
  await close();
});

test("nothing is delivered that the session's record counts as not handled", async () => {
  const { url, sessions, close } = await sessionServer({ life: 50 });
  const endings = { expired: (socket) => terminate(socket), closed: (_, session) => session.close() };
  for (const [reason, finish] of Object.entries(endings)) {
    const socket = connect(url);
    await event(socket, "session");
    await until(() => sessions.length);
    const session = sessions.pop();
    for (const data of ["one", "two", "three"]) socket.send(data);
    const messages = session[Symbol.asyncIterator]();
    assert.equal((await messages.next()).value, "one");
    await until(() => session.stats.received === 3);
    const closed = event(socket, "close");
    await finish(socket, session);
    assert.equal((await session.closed).reason, reason);
    assert.equal((await messages.next()).done, true);
    await closed;
  }
  await close();
});

test("iteration yields messages in order with their types, and ends with the session", async () => {
  const { url, sessions, close } = await sessionServer();
  const socket = connect(url);
  socket.binaryType = "arraybuffer";
  for (const data of ["text", new Uint8Array([1, 2]), new Blob(["blob"]), "", new ArrayBuffer(0)]) socket.send(data);
  socket.close(3000, "done");
  // The socket was closed before a session began.
  await event(socket, "close");
  assert.equal(sessions.length, 0);
  const again = connect(url);
  await event(again, "session");
  await until(() => sessions.length);
  for (const data of ["text", new Uint8Array([1, 2]), new Blob(["blob"]), "", new ArrayBuffer(0)]) again.send(data);
  const closed = event(again, "close");
  again.close(3000, "done");
  const seen = [];
  for await (const data of sessions[0]) seen.push(typeof data === "string" ? data : [...data]);
  assert.deepEqual(seen, ["text", [1, 2], [...Buffer.from("blob")], "", []]);
  assert.deepEqual(await sessions[0].closed, { reason: "closed", unhandled: 0 });
  assert.equal((await closed).code, 3000);
  await close();
});

test("an iterator can be asked again before it has answered, and its return() ends what waits", async () => {
  const { url, sessions, close } = await sessionServer();
  const socket = connect(url);
  await until(() => sessions.length);
  const [session] = sessions;
  const iterator = session[Symbol.asyncIterator]();
  const asked = [iterator.next(), iterator.next(), iterator.next()];
  socket.send("one");
  socket.send("two");
  assert.deepEqual([(await asked[0]).value, (await asked[1]).value], ["one", "two"]);
  await iterator.return();
  assert.equal((await asked[2]).done, true);
  const other = session[Symbol.asyncIterator]();
  socket.send("three");
  assert.equal((await iterator.next()).done, true);
  await iterator.return();
  assert.equal((await other.next()).value, "three");
  assert.throws(() => session[Symbol.asyncIterator]());
  await terminate(socket);
  await close();
});

test("a session that is over leaves no timer, which would keep it in memory", async () => {
  const { setTimeout, clearTimeout } = globalThis;
  const life = 120_000;
  const timers = new Set();
  globalThis.setTimeout = (act, delay, ...rest) => {
    const timer = setTimeout(act, delay, ...rest);
    if (delay > life / 2) timers.add(timer);
    return timer;
  };
  globalThis.clearTimeout = (timer) => {
    timers.delete(timer);
    clearTimeout(timer);
  };
  try {
    const { url, server, sessions, close } = await sessionServer({ life });
    const socket = connect(url);
    await event(socket, "session");
    for (const client of server.clients) client.terminate();
    await event(socket, "reconnecting");
    await event(socket, "session");
    await until(() => timers.size);
    const { closed } = sessions[0];
    socket.close();
    await closed;
    assert.equal(timers.size, 0);
    await close();
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
});

test("close() of the server waits until the client has handled everything", async () => {
  const { url, sessions, core, close } = await sessionServer();
  const socket = connect(url);
  const messages = [];
  socket.onmessage = ({ data }) => messages.push(data);
  await until(() => sessions.length);
  sessions[0].send("last");
  sessions[0].close();
  const closed = "The session is closing or closed.";
  assert.throws(() => sessions[0].send("more"), { code: "ERR_SESSION_CLOSED", message: closed });
  const { code, wasClean } = await event(socket, "close");
  assert.deepEqual([code, wasClean], [1000, true]);
  assert.deepEqual(messages, ["last"]);
  assert.equal(core.size, 0);
  await close();
});

test("arguments of a session are checked", async () => {
  const { url, sessions, close } = await sessionServer();
  const socket = connect(url);
  await until(() => sessions.length);
  const data = "data must be a string, an ArrayBuffer or an ArrayBufferView.";
  assert.throws(() => sessions[0].send({}), { name: "TypeError", message: data });
  sessions[0][Symbol.asyncIterator]();
  const iterator = "The session already has an iterator: call its return() first.";
  assert.throws(() => sessions[0][Symbol.asyncIterator](), { message: iterator });
  await terminate(socket);
  await close();
});

test("options of the server are checked by name", () => {
  assert.throws(() => new SessionServer(null), { name: "TypeError", message: "options must be an object." });
  const refused = (options, message) =>
    assert.throws(() => new SessionServer(options), { name: "TypeError", code: "ERR_SESSION_OPTION", message });
  refused({ lief: 1 }, "options.lief is not an option of SessionServer.");
  const limits = ["window", "queue", "highWaterMark", "life", "maxSessions", "maxSessionsPerIdentity", "maxUnopened", "openWithin"];
  for (const name of limits) {
    for (const value of [0, -1, 0.5, NaN, Infinity, 2 ** 53, "1"]) {
      refused({ [name]: value }, `options.${name} must be an integer above 0.`);
    }
  }
  refused({ openWithin: 2 ** 31 }, "options.openWithin must be at most 2147483647.");
  refused({ queue: 10, highWaterMark: 10 }, "options.highWaterMark contradicts options.queue: ready() would never wait.");
  for (const name of ["authorize", "onsession", "onstorefailure"]) {
    refused({ [name]: "me" }, `options.${name} must be a function.`);
  }
  refused({ store: {} }, "options.store.create must be a function.");
  for (const protocols of ["chat", [1]]) refused({ protocols }, "options.protocols must be a list of strings.");
  const smallest = Object.fromEntries(limits.map((name) => [name, 1]));
  assert.equal(new SessionServer({ ...smallest, queue: 2 }).size, 0);
});

test("a socket without a session is left to the application", async () => {
  const core = new SessionServer();
  const { url, server, close } = await listen({ handleProtocols: core.handleProtocols });
  const taken = new Promise((resolve) => server.on("connection", (socket, request) => resolve(core.accept(socket, request))));
  const socket = new WebSocket(url);
  await event(socket, "open");
  assert.equal(await taken, false);
  socket.close();
  await event(socket, "close");
  await close();
});
