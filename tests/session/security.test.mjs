// Strangers, clients that break the rules, and stores that return invalid records do no harm to the sessions of others on
// a Node server.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { MemoryStore, SessionServer, StoreRefusal } from "../../pkg/server.js";
import { open, raw, resume, sessionServer, until } from "./lib.mjs";

/** The first message or close code behind the hello. */
async function answer(url, text) {
  const connection = await raw(url);
  await connection.next();
  connection.send(text);
  return [await connection.next(), connection];
}

/** Everything that comes until the close, which is `[code, reason]`. */
async function rest(connection) {
  const items = [];
  for (;;) {
    const item = await connection.next();
    if (typeof item === "number") return { items, code: item, reason: connection.reason() };
    items.push(item);
  }
}

/** A session by hand goes on: what the server sends arrives. */
async function goesOn(connection, session) {
  session.send("still here");
  for (;;) {
    const item = await connection.next();
    if (item === "still here") return;
    assert.match(item, /^\u0010A/);
  }
}

test("the id of another session is worth nothing, with one's own secret", async () => {
  const { url, core, sessions, close } = await sessionServer();
  const [alice, bob] = [await raw(url), await raw(url)];
  const keys = [await open(alice), await open(bob)];
  const stolen = { ...keys[0], id: keys[1].id };
  assert.equal((await answer(url, resume(stolen, 1)))[0], "\u0010Nunknown");
  const nonce = { ...keys[1], nonce: keys[0].nonce };
  assert.equal((await answer(url, resume(nonce, 1)))[0], "\u0010Nunknown");
  assert.equal(core.size, 2);
  await goesOn(alice, sessions[0]);
  await goesOn(bob, sessions[1]);
  await close();
});

test("a resume by another identity is refused, and the session stays", async () => {
  let identity = "alice";
  const { url, sessions, close } = await sessionServer({ authorize: () => identity });
  const alice = await raw(url);
  const keys = await open(alice);
  identity = "mallory";
  const [refused, connection] = await answer(url, resume(keys, 1));
  assert.equal(refused, "\u0010Nidentity");
  assert.equal(await connection.next(), 1000);
  await goesOn(alice, sessions[0]);
  await close();
});

test("an overheard resume is void when the client has shown that it has the next keys", async () => {
  const { url, sessions, close } = await sessionServer();
  const first = await raw(url);
  const keys = await open(first);
  const [resumed, second] = await answer(url, resume(keys, 1));
  assert.match(resumed, /^\u0010K/);
  second.send("\u0010A0 1000 0");
  await goesOn(second, sessions[0]);
  assert.equal((await answer(url, resume(keys, 2)))[0], "\u0010Nunknown");
  await goesOn(second, sessions[0]);
  await close();
});

test("a store has no secret, and each resume brings new keys", async () => {
  const store = new MemoryStore();
  const { url, close } = await sessionServer({ store });
  const first = await raw(url);
  const keys = await open(first);
  const record = store.read(keys.id);
  assert.equal(record.secret, createHash("sha256").update(Buffer.from(keys.secret, "hex")).digest("hex"));
  assert.ok(!JSON.stringify(record).includes(keys.secret));
  const forged = { ...keys, secret: record.secret.slice(0, 32) };
  assert.equal((await answer(url, resume(forged, 1)))[0], "\u0010Nunknown");
  const [resumed] = await answer(url, resume(keys, 1));
  const [, secret, nonce] = /^\u0010K(\w+) (\w+) /.exec(resumed);
  assert.notEqual(secret, keys.secret);
  assert.notEqual(nonce, keys.nonce);
  await close();
});

test("what a connection delivers that was replaced is ignored", async () => {
  const { url, sessions, close } = await sessionServer();
  const first = await raw(url);
  const keys = await open(first);
  await until(() => sessions.length);
  const received = [];
  sessions[0].onmessage = (data) => void received.push(data);
  const [resumed, second] = await answer(url, resume(keys, 1));
  assert.match(resumed, /^\u0010K/);
  first.send("from the first");
  assert.equal((await rest(first)).code, 4502);
  second.send("from the second");
  await until(() => received.length);
  assert.deepEqual(received, ["from the second"]);
  await close();
});

const MOST = 2 ** 53 - 1;
const WRONG = [
  { frames: ["\u0010A1 1000 0"], code: 4500, reason: /^sent, acknowledged: 0 here, 1 there$/ },
  { frames: ["\u0010A0 1000 7"], code: 4500, reason: /^received, sent: 0 here, 7 there$/ },
  { frames: ["one", "two", "\u0010B1"], code: 4500, reason: /^received, sent: 2 here, 1 there$/ },
  { frames: ["\u0010A0 9007199254740993 0"], code: 4501 },
  { frames: [`\u0010S${MOST}`, "\u0010S1"], code: 4501 },
  { frames: [`\u0010S${MOST}`, "one too many"], code: 4501 },
  { frames: ["\u0010O1"], code: 4501 },
  { frames: ["x".repeat(60), "x".repeat(60)], code: 4503 },
];

test("numbers that are out of range end the session, with both ends' counts if they differ", async () => {
  const { url, core, sessions, close } = await sessionServer({ window: 100 });
  const well = await raw(url);
  await open(well);
  for (const { frames, code, reason } of WRONG) {
    const connection = await raw(url);
    const { id } = await open(connection);
    for (const frame of frames) connection.send(frame);
    const end = await rest(connection);
    assert.equal(end.code, code, JSON.stringify(frames));
    if (reason) assert.match(end.reason, reason);
    assert.match(end.items.at(-1), /^\u0010N(counts|broken) \d+$/);
    assert.match((await sessions.find((session) => session.id === id).closed).reason, /^(counts|frame|credit)$/);
  }
  assert.equal(core.size, 1);
  await goesOn(well, sessions[0]);
  await close();
});

test("a resume with impossible counts ends the session", async () => {
  for (const received of [1, MOST]) {
    const { url, sessions, close } = await sessionServer();
    const keys = await open(await raw(url));
    const [refused, connection] = await answer(url, resume(keys, 1, received));
    assert.equal(refused, "\u0010Ncounts 0");
    assert.deepEqual([await connection.next(), connection.reason()], [4500, `sent, received: 0 here, ${received} there`]);
    assert.equal((await sessions[0].closed).reason, "counts");
    await close();
  }
});

test("connections that ask for nothing, or wrongly, make room when they are closed", async () => {
  for (const { texts, code, openWithin } of [
    { texts: [], code: 1008, openWithin: 50 },
    { texts: ["\u0010A0 0 0"], code: 4501 },
    { texts: ["\u0010O1000", "too early"], code: 4501 },
    { texts: Array(65).fill("more"), code: 1008 },
  ]) {
    const authorize = () => new Promise(() => {});
    const { url, close } = await sessionServer({ maxUnopened: 2, openWithin, authorize });
    for (const connection of [await raw(url), await raw(url)]) {
      for (const text of texts) connection.send(text);
      assert.equal((await rest(connection)).code, code, JSON.stringify(texts));
    }
    const next = await raw(url);
    assert.match(await next.next(), /^\u0010H/);
    await close();
  }
});

test("what comes before the session is bounded in bytes", async () => {
  const { url, close } = await sessionServer({ authorize: () => new Promise(() => {}) });
  const connection = await raw(url);
  const half = "x".repeat(600_000);
  connection.send(half);
  connection.send(half);
  const { code, reason } = await rest(connection);
  assert.deepEqual([code, reason], [1008, "too much before the session"]);
  await close();
});

/** A store around one in memory, whose answers about one session are changed. */
function lying() {
  const memory = new MemoryStore();
  const store = {
    broken: undefined,
    lie: (record) => record,
    create: (record) => memory.create(record),
    read: async (id) => (id === store.broken ? store.lie(memory.read(id)) : memory.read(id)),
    async adopt(id, ...rest) {
      const record = memory.adopt(id, ...rest);
      return id === store.broken ? store.lie(record) : record;
    },
    write: (id, ...rest) => memory.write(id, ...rest),
  };
  return store;
}

const LIES = {
  "a record without fields": () => ({}),
  "a text": () => "record",
  "another session": (record) => ({ ...record, id: "0".repeat(32) }),
  "bits of another length": (record) => ({ ...record, secret: "nonsense" }),
  "a number as a text": (record) => ({ ...record, handled: "1" }),
  "a number that is negative": (record) => ({ ...record, handled: -1 }),
  "a number that is too great": (record) => ({ ...record, acked: 2 ** 53 }),
  "a number that is none": (record) => ({ ...record, seq: NaN }),
  "a window of 0": (record) => ({ ...record, peerWindow: 0 }),
  "an unknown end": (record) => ({ ...record, end: "nonsense" }),
  "no messages": (record) => ({ ...record, held: undefined }),
  "a message without data": (record) => ({ ...record, held: [{ cost: 1 }] }),
  "a message without a cost": (record) => ({ ...record, held: [{ data: "x" }] }),
  "a message of a negative cost": (record) => ({ ...record, held: [{ data: "x", cost: -1 }] }),
  "a message of half a cost": (record) => ({ ...record, held: [{ data: "x", cost: 0.5 }] }),
};

for (const [what, lie] of Object.entries(LIES)) {
  test(`a corrupt entry ends its session and harms no other: ${what}`, async () => {
    const store = lying();
    const first = await sessionServer({ store });
    const well = await raw(first.url);
    await open(well);
    for (const when of ["read", "adopted", "present"]) {
      const second = await sessionServer({ store });
      const mine = await raw(first.url);
      const keys = await open(mine);
      let answers = 0;
      store.broken = keys.id;
      // One that is adopted was as it should be when it was read.
      store.lie = (record) => (when === "adopted" && answers++ === 0 ? record : lie(record));
      const [refused, connection] = await answer((when === "present" ? first : second).url, resume(keys, 1));
      assert.equal(refused, "\u0010Nstore", when);
      assert.equal(await connection.next(), 4504);
      if (when === "present") assert.equal((await first.sessions.at(-1).closed).reason, "store");
      assert.equal(second.core.size, 0, when);
      await second.close();
    }
    await goesOn(well, first.sessions[0]);
    await first.close();
  });
}

test("a node that may not adopt a session lets go of it, and adopts it when the client comes again", async () => {
  const memory = new MemoryStore();
  let refusals = 1;
  const store = {
    create: (record) => memory.create(record),
    read: (id) => memory.read(id),
    async adopt(...args) {
      if (refusals-- > 0) throw new StoreRefusal("fenced");
      return memory.adopt(...args);
    },
    write: (...args) => memory.write(...args),
  };
  const first = await sessionServer({ store });
  const second = await sessionServer({ store });
  const keys = await open(await raw(first.url));
  const [code] = await answer(second.url, resume(keys, 1));
  assert.equal(code, 1013);
  assert.equal(second.core.size, 0);
  const [resumed, connection] = await answer(second.url, resume(keys, 2));
  assert.match(resumed, /^\u0010K/);
  await until(() => second.sessions.length === 1);
  await goesOn(connection, second.sessions[0]);
  await first.close();
  await second.close();
});

test("a full server takes over no session of another node, which is kept, as are those it has", async () => {
  const store = new MemoryStore();
  const first = await sessionServer({ store });
  const second = await sessionServer({ store, maxSessions: 1 });
  const keys = await open(await raw(first.url));
  const own = await raw(second.url);
  await open(own);
  assert.equal((await answer(second.url, resume(keys, 1)))[0], 1013);
  await goesOn(own, second.sessions[0]);
  own.send("\u0010B0");
  await second.sessions[0].closed;
  const [resumed, connection] = await answer(second.url, resume(keys, 1));
  assert.match(resumed, /^\u0010K/);
  await until(() => second.sessions.length === 2);
  await goesOn(connection, second.sessions[1]);
  await first.close();
  await second.close();
});

test("options of the server that contradict each other are refused by name", () => {
  const refused = (options, message) => assert.throws(() => new SessionServer(options), { name: "TypeError", message });
  refused({ queue: 1_000, highWaterMark: 1_000 }, /options\.highWaterMark contradicts options\.queue/);
  refused({ highWaterMark: 16 << 20 }, /options\.highWaterMark contradicts options\.queue/);
  refused({ openWithin: 2 ** 31 }, /options\.openWithin must be at most 2147483647/);
  refused({ protocols: "chat" }, /options\.protocols must be a list of strings/);
  refused({ protocols: [1] }, /options\.protocols must be a list of strings/);
  refused({ store: { read() {} } }, /options\.store\.create must be a function/);
  assert.ok(new SessionServer({ queue: 1_000, highWaterMark: 999 }));
  assert.ok(new SessionServer({ queue: 1 }));
});
