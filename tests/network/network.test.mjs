// `steady-websocket/network` in Node: the emulated class, peers, faults of the link, time, and our own classes over it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Network } from "../../pkg/network.js";
import { SteadyWebSocket, WebSocket } from "../../pkg/index.js";

const URL_ = "ws://server.test/";

/** Events of a socket with the time at which they fired. */
function record(network, socket) {
  const seen = [];
  for (const type of ["open", "message", "error", "close", "reconnecting", "discard"]) {
    socket.addEventListener(type, (event) => {
      const detail = { message: () => event.data, close: () => `${event.code} ${event.reason} ${event.wasClean}`, discard: () => event.messages.map(({ data }) => data).join() };
      seen.push([network.now, type, ...(detail[type] ? [detail[type]()] : [])]);
    });
  }
  return seen;
}

const echo = (request) => {
  const peer = request.accept();
  peer.onmessage = (data) => peer.send(data);
};

/** A socket that is open, and its peer. */
async function opened(network, Class = network.WebSocket, ...rest) {
  let peer;
  const stop = network.listen(URL_, (request) => (peer = request.accept()));
  const socket = new Class(URL_, ...rest);
  socket.binaryType = "arraybuffer";
  const seen = record(network, socket);
  await network.advance(10_000);
  stop();
  seen.length = 0;
  return { socket, peer, seen };
}

test("a conversation takes the time that the link takes", async () => {
  const network = new Network({ latency: 20 });
  network.listen(URL_, echo);
  const socket = new network.WebSocket(URL_);
  const seen = record(network, socket);
  socket.onopen = () => socket.send("hello");
  await network.advance(1000);
  socket.close(3001, "bye");
  assert.equal(socket.readyState, 2);
  await network.idle();
  assert.deepEqual(seen, [[80, "open"], [120, "message", "hello"], [1040, "close", "3001 bye true"]]);
  assert.equal(network.connections, 0);
});

test("bandwidth delays what is sent, and bufferedAmount is what has not left", async () => {
  const network = new Network({ bandwidth: 1000, buffer: 1000 });
  const { socket, peer } = await opened(network);
  const received = [];
  peer.onmessage = (data) => received.push([network.now, data.length]);
  const at = network.now;
  socket.send("x".repeat(3000));
  const amounts = [socket.bufferedAmount];
  for (let i = 0; i < 3; i++) {
    await network.advance(1000);
    amounts.push(socket.bufferedAmount);
  }
  // What the task has sent, whether it has left or not; then one buffer is full, and one is on the way.
  assert.equal(amounts[0], 3000);
  assert.equal(amounts[1] >= 8 && amounts[1] <= 1008, true, `${amounts}`);
  assert.equal(amounts.every((amount, i) => i === 0 || amount <= amounts[i - 1]), true, `${amounts}`);
  assert.equal(amounts.at(-1), 0);
  await network.advance(5000);
  assert.equal(received.length, 1);
  assert.equal(Math.abs(received[0][0] - at - 3008) < 5, true, `${received}`);
});

test("a peer that stops reading fills the buffers; reading on empties them", async () => {
  const network = new Network({ buffer: 1000 });
  const { socket, peer } = await opened(network);
  peer.stopReading();
  socket.send(new Uint8Array(10_000));
  await network.advance(60_000);
  assert.equal(socket.bufferedAmount > 7000, true, `${socket.bufferedAmount}`);
  peer.resumeReading();
  await network.advance(1);
  assert.equal(socket.bufferedAmount, 0);
});

for (const [fault, events] of [
  ["cut", [["close", "1006  false"]]],
  ["reset", [["close", "1006  false"]]],
]) {
  test(`${fault}() ends the connection without a close frame`, async () => {
    const network = new Network();
    const { peer, seen } = await opened(network);
    peer[fault]();
    await network.idle();
    assert.deepEqual(seen.map(([, ...rest]) => rest), events);
  });
}

test("silence() is a half-open connection: close() waits until the browser gives up", async () => {
  const network = new Network();
  const { socket, peer, seen } = await opened(network);
  peer.silence();
  const received = peer[Symbol.asyncIterator]().next();
  socket.send("still received");
  assert.equal((await network.advance(received)).value, "still received");
  const at = network.now;
  socket.close();
  await network.idle();
  assert.deepEqual(seen.at(-1).slice(1), ["close", "1006  false"]);
  assert.equal(seen.at(-1)[0] - at >= 60_000, true);
});

test("a refused request, and a host where nobody listens, fail with error and 1006", async () => {
  const network = new Network();
  network.listen(URL_, (request) => request.refuse(403, { body: "no" }));
  const refused = record(network, new network.WebSocket(URL_));
  const nobody = record(network, new network.WebSocket("ws://nobody.test/"));
  await network.idle();
  for (const seen of [refused, nobody]) assert.deepEqual(seen.map(([, ...rest]) => rest), [["error"], ["close", "1006  false"]]);
  assert.match(network.text(), /HTTP\/1\.1 403/);
});

test("violate() breaks the protocol, and the client fails the connection", async () => {
  for (const [how, code] of [["opcode", 1002], ["masked", 1002], ["utf8", 1007], ["rsv", 1002]]) {
    const network = new Network();
    const { peer, seen } = await opened(network);
    assert.throws(() => peer.violate("politely"), { name: "TypeError", message: "`how` is no violation: politely" });
    peer.violate(how);
    const { code: told } = await network.advance(peer.closed);
    await network.idle();
    assert.deepEqual([told, ...seen.map(([, ...rest]) => rest)], [code, ["error"], ["close", "1006  false"]], how);
  }
});

test("fault() behaves like the fault server", async () => {
  const network = new Network();
  network.listen("ws://server.test/*", (request) => {
    assert.throws(() => request.fault("no-such-fault"), { name: "TypeError", message: /fault/ });
    request.fault("close", { code: 1012, reason: "restart", after: 2 });
  });
  const socket = new network.WebSocket(URL_);
  const seen = record(network, socket);
  socket.onopen = () => ["one", "two"].forEach((data) => socket.send(data));
  await network.idle();
  assert.deepEqual(seen.map(([, ...rest]) => rest), [["open"], ["message", "one"], ["message", "two"], ["close", "1012 restart true"]]);
});

test("the request has what the handshake carried; sub-protocols are negotiated", async () => {
  const network = new Network();
  const requests = [];
  network.listen("ws://server.test/*", (request) => {
    requests.push(request);
    request.accept({ protocol: request.protocols[1] });
    assert.throws(() => request.accept(), /accept/);
  });
  const socket = new network.WebSocket("ws://server.test/room?x=1", ["a", "b"]);
  await network.advance(1);
  assert.equal(socket.protocol, "b");
  const [{ url, protocols, headers }] = requests;
  assert.deepEqual([url, protocols, headers.get("sec-websocket-version")], ["ws://server.test/room?x=1", ["a", "b"], "13"]);
});

test("text, buffers and Blobs go both ways, in order", async () => {
  const network = new Network();
  const { socket, peer } = await opened(network);
  const received = [];
  peer.onmessage = (data) => received.push(typeof data === "string" ? data : [...data].join("-"));
  socket.send("1€");
  socket.send(new Blob(["2"]));
  socket.send(new Uint8Array([3, 3]).buffer);
  socket.send(new DataView(new Uint8Array([9, 4]).buffer, 1));
  assert.equal(socket.bufferedAmount > 0, true);
  await network.advance(1);
  assert.deepEqual(received, ["1€", "50", "3-3", "4"]);
  assert.equal(socket.bufferedAmount, 0);
  const got = [];
  socket.onmessage = ({ data }) => got.push(data instanceof ArrayBuffer ? [...new Uint8Array(data)].join("-") : data);
  peer.send(new Uint8Array([5, 6]));
  peer.send("7");
  await network.advance(1);
  assert.deepEqual(got, ["5-6", "7"]);
});

test("offline: nothing travels, new connections fail; online: what was on the way arrives", async () => {
  const network = new Network();
  const { socket, peer } = await opened(network);
  const received = [];
  peer.onmessage = (data) => received.push(data);
  network.offline = true;
  socket.send("later");
  const failed = record(network, new network.WebSocket(URL_));
  await network.advance(5000);
  assert.deepEqual(received, []);
  assert.deepEqual(failed.map(([, type]) => type), ["error", "close"]);
  network.offline = false;
  await network.advance(5000);
  assert.deepEqual(received, ["later"]);
});

test("the steady class reconnects in virtual time", async () => {
  const network = new Network({ latency: 10 });
  const received = [];
  let peer;
  network.listen(URL_, (request) => {
    peer = request.accept();
    peer.onmessage = (data) => received.push(data);
  });
  network.install();
  try {
    const socket = new SteadyWebSocket(URL_, [], { backoff: { first: 60_000, ceiling: 60_000, jitter: "none" } });
    const seen = record(network, socket);
    socket.send("first");
    await network.advance(100);
    peer.cut();
    await network.advance(1000);
    socket.send("second");
    await network.advance(60_000);
    assert.deepEqual(received, ["first", "second"]);
    assert.deepEqual(seen.map(([time, type]) => [time, type]), [[40, "open"], [110, "reconnecting"], [60_150, "open"]]);
    socket.close();
    await network.idle();
    assert.equal(seen.at(-1)[1], "close");
  } finally {
    network.uninstall();
  }
});

test("heartbeats and the connect timeout run in virtual time", async () => {
  const network = new Network();
  let peer;
  const stop = network.listen(URL_, (request) => (peer = request.accept()));
  network.install();
  try {
    const socket = new SteadyWebSocket(URL_, [], { heartbeat: { interval: 30_000, timeout: 5000 }, backoff: { first: 1000, jitter: "none", attempts: 1 } });
    const seen = record(network, socket);
    await network.advance(1000);
    peer.silence();
    await network.advance(34_500);
    assert.deepEqual(seen.map(([time, type]) => [time, type]), [[0, "open"], [35_000, "reconnecting"]]);
    assert.deepEqual([socket.lastFailure.phase, socket.lastFailure.cause, socket.lastFailure.took], ["open", "timeout", 35_000]);
    stop();
    network.listen(URL_, () => {});
    await network.advance(20_000);
    assert.deepEqual(seen.at(-1).slice(1), ["close", "1006  false"]);
    assert.deepEqual([socket.lastFailure.phase, socket.lastFailure.cause, socket.lastFailure.took], ["connecting", "timeout", 10_000]);
  } finally {
    network.uninstall();
  }
});

test("the strict class stands on an installed network, and on the platform's class again afterwards", async () => {
  const network = new Network();
  network.listen(URL_, echo);
  const before = globalThis.WebSocket;
  network.install();
  const socket = new WebSocket(URL_);
  const seen = record(network, socket);
  socket.onopen = () => socket.send("x");
  await network.advance(10);
  socket.close();
  await network.idle();
  network.uninstall();
  assert.deepEqual(seen.map(([, type]) => type), ["open", "message", "close"]);
  assert.equal(globalThis.WebSocket, before);
  assert.equal(socket.readyState, 3);
});

test("the same seed gives the same wire, another seed another", async () => {
  const capture = async (seed) => {
    const network = new Network({ seed, latency: 5 });
    network.listen(URL_, echo);
    const socket = new network.WebSocket(URL_);
    socket.onopen = () => socket.send("the same bytes everywhere");
    await network.advance(100);
    socket.close(1000, "done");
    await network.idle();
    return createHash("sha256").update(network.pcapng()).digest("hex");
  };
  const [one, again, other] = [await capture(1), await capture(1), await capture(2)];
  assert.equal(one, again);
  assert.notEqual(one, other);
});

test("the wire as objects: handshake, frames, masks", async () => {
  const network = new Network();
  const { socket, peer } = await opened(network);
  socket.send("hi");
  peer.send("ho");
  await network.advance(1);
  const [request, response, ...frames] = network.wire;
  assert.equal(request.type, "request");
  assert.equal(response.accept.expected, response.accept.given);
  const [hi, ho] = frames;
  assert.deepEqual([hi.name, hi.direction, hi.fin, hi.opcode, hi.lengthBits, Buffer.from(hi.plain).toString()], ["text", "to-server", true, 1, 7, "hi"]);
  assert.deepEqual([...hi.payload], [...hi.plain].map((byte, index) => byte ^ hi.mask[index % 4]));
  assert.equal(ho.mask, null);
});

test("a clock of the test framework neither disturbs nor is disturbed", async () => {
  const { setTimeout, Date: RealDate } = globalThis;
  globalThis.setTimeout = () => assert.fail("the network used a fake timer");
  globalThis.Date = class extends RealDate {
    static now = () => 0;
  };
  try {
    const network = new Network({ latency: 1000 });
    const { socket } = await opened(network);
    assert.equal(socket.readyState, 1);
  } finally {
    Object.assign(globalThis, { setTimeout, Date: RealDate });
  }
});

test("in real time a network needs no advance()", async () => {
  const network = new Network({ clock: "real", latency: 5 });
  network.listen(URL_, echo);
  const socket = new network.WebSocket(URL_);
  const echoed = new Promise((resolve) => {
    socket.onopen = () => socket.send("now");
    socket.onmessage = ({ data }) => resolve(data);
  });
  assert.equal(await echoed, "now");
  const closed = new Promise((resolve) => (socket.onclose = resolve));
  socket.close();
  assert.equal((await closed).wasClean, true);
});

test("in real time calls do not fail for what is not dispatched yet", async () => {
  const network = new Network({ clock: "real" });
  network.listen(URL_, (request) => {
    const peer = request.accept();
    peer.send("one");
    peer.send("two");
    peer.close(3000);
  });
  const socket = new network.WebSocket(URL_);
  const seen = record(network, socket);
  socket.onmessage = ({ data }) => {
    // Longer than all that happens takes.
    for (const end = performance.now() + 5; performance.now() < end; );
    socket.send(data);
    if (data === "two") socket.close(3001);
  };
  await new Promise((resolve) => socket.addEventListener("close", resolve));
  assert.deepEqual(seen.map(([, type]) => type), ["open", "message", "message", "close"]);
});

test("a peer can answer what arrives with the Close frame", async () => {
  // "two" and the Close frame wait for "one", and leave in one segment.
  const network = new Network({ bandwidth: 10_000 });
  const closed = [];
  network.listen(URL_, (request) => {
    const peer = request.accept();
    peer.onmessage = (data) => peer.send(data);
    peer.onclose = ({ code }) => closed.push(code);
  });
  const socket = new network.WebSocket(URL_);
  const seen = record(network, socket);
  socket.onopen = () => {
    for (const data of ["one", "two"]) socket.send(data);
    socket.close(3000);
  };
  await network.idle();
  assert.deepEqual([closed, seen.map(([, type]) => type)], [[3000], ["open", "close"]]);
});

test("sockets to one host connect one after the other", async () => {
  const network = new Network({ latency: 10 });
  network.listen("ws://server.test/*", (request) => request.accept());
  const sockets = ["1", "2"].map((path) => record(network, new network.WebSocket(`${URL_}${path}`)));
  await network.advance(1000);
  assert.deepEqual(sockets, [[[40, "open"]], [[80, "open"]]]);
});

test("the user name and password of a URL are sent", async () => {
  const network = new Network();
  let authorization;
  network.listen(URL_, (request) => {
    authorization = request.headers.get("authorization");
    request.accept();
  });
  const socket = new network.WebSocket("ws://foo:bar@server.test/");
  await network.advance(1);
  assert.deepEqual([authorization, socket.readyState], [`Basic ${btoa("foo:bar")}`, 1]);
});

test("a fault returns the server side: it can be reset, and says when it is over", async () => {
  const network = new Network();
  let peer;
  network.listen(URL_, (request) => (peer = request.fault("echo")));
  const socket = new network.WebSocket(URL_);
  const seen = record(network, socket);
  socket.onopen = () => socket.send("one");
  await network.advance(1);
  peer.reset();
  await network.idle();
  assert.deepEqual(seen.map(([, ...rest]) => rest), [["open"], ["message", "one"], ["close", "1006  false"]]);
  assert.deepEqual(await peer.closed, { code: 1006, reason: "", wasClean: false });
});

test("in real time, a socket takes calls after its connection was lost and before it hears of it", async () => {
  const network = new Network({ clock: "real" });
  const peers = [];
  network.listen(URL_, (request) => peers.push(request.accept()));
  for (const call of [(socket) => socket.send("late"), (socket) => socket.close()]) {
    const socket = new network.WebSocket(URL_);
    await new Promise((resolve) => (socket.onopen = resolve));
    const closed = new Promise((resolve) => (socket.onclose = resolve));
    peers.pop().reset();
    assert.equal(socket.readyState, 1);
    call(socket);
    assert.equal((await closed).code, 1006);
  }
  const socket = new network.WebSocket(URL_);
  await new Promise((resolve) => (socket.onopen = resolve));
  peers.pop().reset();
  socket.send("late");
  assert.equal(socket.bufferedAmount, 4);
});

test("in real time, a message finds bufferedAmount without what was sent in an earlier task", async () => {
  const network = new Network({ clock: "real" });
  network.listen(URL_, (request) => request.fault(new URL(request.url).searchParams.get("fault")));
  const [sink, socket] = ["sink", "echo"].map((fault) => new network.WebSocket(`${URL_}?fault=${fault}`));
  await Promise.all([sink, socket].map((one) => new Promise((resolve) => (one.onopen = resolve))));
  // Nothing is due when the sockets have been open for a while: the first message makes the network run its next event.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const amount = new Promise((resolve) => (socket.onmessage = () => resolve(socket.bufferedAmount)));
  sink.send("first");
  socket.send("end");
  assert.equal(socket.bufferedAmount, 3);
  assert.equal(await amount, 0);
});

test("wrong uses throw, and name the argument", async () => {
  const wrong = (options, message) => assert.throws(() => new Network(options), { name: "TypeError", message });
  wrong({ sed: 1 }, "options.sed is not an option.");
  wrong({ latency: -1 }, "options.latency must be a number, 0 or more.");
  wrong({ clock: "fast" }, 'options.clock must be "virtual" or "real".');
  for (const [name, rule, ...values] of [
    ["seed", "an integer, 0 or more", -1, 1.5, NaN, "1"],
    ["latency", "a number, 0 or more", NaN, "1", null],
    ["bandwidth", "an integer above 0", -1, 0, NaN, Infinity, 0.5, "1"],
    ["buffer", "an integer above 0", -1, 0, NaN, Infinity, 0.5],
  ]) {
    for (const value of values) wrong({ [name]: value }, `options.${name} must be ${rule}.`);
  }
  wrong({ latency: Infinity }, "`latency` is longer than an hour");
  const network = new Network();
  network.listen(URL_, echo);
  assert.throws(() => network.listen(URL_, echo), /url/);
  assert.throws(() => network.listen("ws://other.test/"), { name: "TypeError", message: "handle must be a function." });
  assert.throws(() => network.uninstall(), { message: "This network is not installed." });
  for (const value of [-1, NaN, Infinity, "1", undefined]) {
    await assert.rejects(network.advance(value), { name: "TypeError", message: "advance() takes milliseconds, 0 or more, or a promise." });
  }
  const first = network.advance(1);
  await assert.rejects(network.advance(1), /await that first/);
  await first;
});

const UNANSWERED = `connection 1 to ${URL_}: the client is connecting, the server has not answered the request`;

test("a promise that nothing settles rejects advance(), which says what it waits for", async () => {
  const network = new Network();
  network.listen(URL_, () => {});
  const socket = new network.WebSocket(URL_);
  const open = new Promise((resolve) => (socket.onopen = resolve));
  await assert.rejects(network.advance(open), {
    message: `advance() waits for a promise that nothing here will settle: ${UNANSWERED}.`,
  });
  assert.equal(network.now, 0);
});

test("advance() waits a day for a promise, and says what it waits for", async () => {
  const network = new Network();
  network.listen(URL_, () => {});
  const socket = new network.WebSocket(URL_);
  const beat = () => network.setTimeout(beat, 3600_000);
  beat();
  await assert.rejects(network.advance(new Promise((resolve) => (socket.onopen = resolve))), {
    message: `advance() waits for a promise that is still pending after a day: ${UNANSWERED}.`,
  });
  assert.equal(network.now, 24 * 3600_000);
});

test("nothing runs for ever: advance() in a time that stands still, idle() with a timer that always sets another", async () => {
  const still = new Network();
  const again = () => still.setTimeout(again, 0);
  again();
  await assert.rejects(still.advance(10), { message: /^advance\(\) has run 100000 steps, and there is always another: / });
  const network = new Network();
  const busy = () => network.setTimeout(busy, 10);
  busy();
  await assert.rejects(network.idle(), { message: /^idle\(\) has run 100000 steps, and there is always another: / });
});

test("a peer with an inbox that nobody reads stops reading, until somebody does", async () => {
  // The bound is a number of messages, or of bytes.
  for (const [size, most, more] of [[10, 65_536, 1000], [1024 * 1024, 16, 10]]) {
    const network = new Network({ buffer: 1000 });
    const { socket, peer } = await opened(network);
    const count = most + more;
    for (let number = 0; number < count; number++) socket.send(new Uint8Array(size));
    await network.advance(10_000);
    // Two buffers are full, and one segment was read too many.
    const left = more * size - socket.bufferedAmount;
    assert.equal(left >= 0 && left < 3000, true, `${size} ${left}`);
    let read = 0;
    const reading = (async () => {
      for await (const data of peer) {
        assert.equal(data.length, size);
        if (++read === count) return;
      }
    })();
    await network.advance(reading);
    assert.equal(socket.bufferedAmount, 0);
  }
});

test("navigator.onLine follows an installed network, where the platform has it", async () => {
  const network = new Network();
  const fired = [];
  const globals = { navigator: { onLine: true }, dispatchEvent: ({ type }) => fired.push([type, navigator.onLine]) };
  const former = Object.keys(globals).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const [name, value] of Object.entries(globals)) Object.defineProperty(globalThis, name, { value, configurable: true });
  try {
    network.install();
    network.offline = true;
    network.offline = true;
    assert.equal(navigator.onLine, false);
    network.offline = false;
    assert.deepEqual(fired, [["offline", false], ["online", true]]);
    network.offline = true;
    network.uninstall();
    assert.deepEqual(Object.getOwnPropertyDescriptor(navigator, "onLine").value, true);
  } finally {
    for (const [name, descriptor] of former) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else delete globalThis[name];
    }
  }
});
