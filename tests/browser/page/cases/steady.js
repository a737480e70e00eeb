// Steady sockets: reconnecting, and the states in between.

import { SteadyWebSocket, alone, browser, equal, ok, pause, thrown } from "../harness.js";

alone("a steady socket opens, echoes, closes", async (t) => {
  const socket = t.steady();
  equal(socket.readyState, 0, "readyState");
  await t.next(socket, "open");
  equal([socket.readyState, socket.url], [1, t.url("/echo")]);
  socket.send("hello");
  const { data, origin, target } = await t.next(socket, "message");
  equal([data, origin, target === socket], ["hello", new URL(socket.url).origin, true]);
  socket.close(3000, "bye");
  equal(socket.readyState, 2, "readyState");
  const { code, reason, wasClean } = await t.next(socket, "close");
  equal([code, reason, wasClean, socket.readyState], [3000, "bye", true, 3]);
});

alone("a steady socket is a WebSocket and an EventTarget, and no native one", async (t) => {
  const socket = t.steady();
  ok(socket instanceof t.Class || socket instanceof Object.getPrototypeOf(SteadyWebSocket), "instanceof WebSocket");
  ok(socket instanceof EventTarget, "instanceof EventTarget");
  equal(Object.prototype.toString.call(socket), "[object SteadyWebSocket]");
  equal(Object.keys(socket), []);
});

alone("a lost connection is announced, and made again", async (t) => {
  const socket = t.steady("/echo");
  const seen = t.record(socket);
  await t.next(socket, "open");
  const losing = t.next(socket, "reconnecting");
  const opening = t.next(socket, "reconnecting").then(() => t.next(socket, "open"));
  await t.control("POST", "/kill");
  const lost = await losing;
  equal(
    [lost.code, lost.reason, lost.wasClean, lost.attempt, lost.inDoubt, lost.cancelable],
    [1006, "", false, 2, 0, true],
  );
  ok(lost.delay >= 0 && lost.delay <= 200, `delay ${lost.delay}`);
  await opening;
  equal(seen.map(({ type }) => type), ["open", "reconnecting", "open"]);
});

alone("preventDefault on reconnecting gives up: close, with the last connection's end", async (t) => {
  const socket = t.steady("/close?code=1011&reason=why");
  const seen = t.record(socket);
  socket.addEventListener("reconnecting", (event) => event.preventDefault());
  const { code, wasClean } = await t.next(socket, "close");
  equal([code, wasClean], [1011, true]);
  equal(seen.map(({ type }) => type), ["open", "reconnecting", "close"]);
});

for (const code of [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 3003, 4400, 4499]) {
  alone(`close code ${code} stops`, async (t) => {
    const socket = t.steady(`/close?code=${code}&reason=stop`);
    const seen = t.record(socket);
    const end = await t.next(socket, "close");
    equal([end.code, end.reason, end.wasClean], [code, "stop", true]);
    equal(seen.map(({ type }) => type), ["open", "close"]);
  });
}

for (const code of [1001, 1011, 1014, 3001, 4000, 4500]) {
  alone(`close code ${code} is tried again`, async (t) => {
    const socket = t.steady(`/close?code=${code}`);
    equal((await t.next(socket, "reconnecting", "close")).type, "reconnecting");
  });
}

alone("1012 and 1013 wait longer", async (t) => {
  for (const [code, floor] of [[1012, 300], [1013, 400]]) {
    const socket = t.steady(`/close?code=${code}`, { backoff: { restartFloor: 300, busyFloor: 400 } });
    const lost = await t.next(socket, "reconnecting");
    // WebKit reports both codes as 1006.
    if (browser !== "webkit") ok(lost.delay >= floor, `${code}, told as ${lost.code}, waits ${lost.delay}`);
    socket.close();
  }
});

alone("nothing fires inside the constructor, nor inside close()", async (t) => {
  let socket;
  let inside = true;
  const early = [];
  for (const type of ["reconnecting", "close", "error"]) {
    EventTarget.prototype.addEventListener.call((socket ??= t.steady("/close?code=1011")), type, () => inside && early.push(type));
  }
  inside = false;
  await t.next(socket, "reconnecting");
  inside = true;
  const ended = t.next(socket, "close");
  socket.close();
  inside = false;
  equal(socket.readyState, 3, "readyState");
  await ended;
  equal(early, []);
});

alone("close() between connections: the code given, clean, no error", async (t) => {
  for (const [args, code, reason] of [[[], 1005, ""], [[3001, "enough"], 3001, "enough"]]) {
    const socket = t.steady("/close?code=1011", { backoff: { first: 5000, ceiling: 5000, jitter: "none" } });
    const seen = t.record(socket);
    await t.next(socket, "reconnecting");
    socket.close(...args);
    const end = await t.next(socket, "close");
    equal([end.code, end.reason, end.wasClean], [code, reason, true]);
    ok(!seen.some(({ type }) => type === "error"), "no error");
  }
});

alone("terminate() does not wait for the peer", async (t) => {
  const socket = t.steady("/half-open");
  await t.next(socket, "open");
  const start = performance.now();
  socket.terminate();
  const { code, wasClean } = await t.next(socket, "close");
  equal([code, wasClean, socket.readyState], [1006, false, 3]);
  ok(performance.now() - start < 1000, "at once");
});

alone("reconnect() gives the connection up and makes another", async (t) => {
  const socket = t.steady();
  await t.next(socket, "open");
  socket.reconnect();
  await t.next(socket, "open");
  equal(socket.stats().connections, 2);
  socket.close();
  await t.next(socket, "close");
  equal(thrown(() => socket.reconnect()), "DOMException InvalidStateError");
});

alone("an attempt that takes too long is given up", async (t) => {
  const socket = t.steady("/echo?delay_ms=2000", { connectTimeout: 150 });
  const { code } = await t.next(socket, "reconnecting");
  equal(code, 1006);
});

alone("closeTimeout ends a closing handshake that nobody answers", async (t) => {
  const socket = t.steady("/half-open", { closeTimeout: 150 });
  await t.next(socket, "open");
  socket.close(1000);
  const { code, wasClean } = await t.next(socket, "close");
  equal([code, wasClean], [1006, false]);
});

alone("a heartbeat notices a peer that fell silent", async (t) => {
  const socket = t.steady("/half-open", { heartbeat: { interval: 100, timeout: 150, message: "ping" } });
  await t.next(socket, "open");
  const { code } = await t.next(socket, "reconnecting");
  equal(code, 1006);
  ok((await t.heard("messages=1"))[0].includes("ping"), "the ping was sent");
});

alone("a heartbeat's reply is kept from the application, and timed", async (t) => {
  const socket = t.steady("/echo", {
    heartbeat: { interval: 50, timeout: 10_000, message: "ping", isReply: (data) => data === "ping" },
  });
  const seen = t.record(socket, ["message"]);
  await t.next(socket, "open");
  while (!(socket.stats().roundTrip >= 0)) await pause(20);
  equal(seen.length, 0);
  equal(socket.stats().connections, 1);
});
