// Providers, the application's own rule, the gate, the signal.

import { SteadyWebSocket, alone, equal, ok, pause } from "../harness.js";

const backoff = { first: 10, ceiling: 50, floor: 1 };
const make = (t, url, protocols, options = {}) => t.keep(new SteadyWebSocket(url, protocols, { backoff, ...options }));

alone("an address may come from a function, asked again at every attempt", async (t) => {
  const asked = [];
  const socket = make(t, (attempt) => {
    asked.push(attempt);
    return t.url(`/close?code=1011&token=${attempt}`);
  });
  equal([asked.length, socket.url], [0, ""], "not within the constructor");
  await t.next(socket, "reconnecting");
  await t.next(socket, "open");
  equal(asked, [1, 2]);
  ok(socket.url.includes("token=2"), socket.url);
});

alone("an address may come late, as a URL, with http", async (t) => {
  const socket = make(t, async () => {
    await pause(30);
    return new URL(t.url("/echo").replace("ws:", "http:"));
  });
  await t.next(socket, "open");
  ok(socket.url.startsWith("ws:"), socket.url);
});

alone("protocols may come from a function", async (t) => {
  const socket = make(t, t.url("/echo"), async () => ["fresh-token"]);
  await t.next(socket, "open");
  equal(socket.protocol, "fresh-token");
});

alone("a provider that throws, rejects or errs is an attempt that failed, and asked again", async (t) => {
  let calls = 0;
  const answers = [
    () => { throw new Error("sync"); }, () => Promise.reject(new Error("async")), () => "no://scheme", () => "ws://[", () => t.url("/echo"),
  ];
  const socket = make(t, () => answers[calls++]());
  const seen = t.record(socket);
  await t.next(socket, "open");
  equal(seen.map(({ type, code }) => code ?? type), [1006, 1006, 1006, 1006, "open"]);
});

alone("close() while a provider ponders", async (t) => {
  let answer;
  const socket = make(t, () => new Promise((resolve) => { answer = resolve; }));
  await pause(10);
  socket.close();
  const { code, wasClean } = await t.next(socket, "close");
  equal([code, wasClean], [1005, true]);
  answer(t.url("/echo"));
  await pause(100);
  equal((await t.heard()).length, 0, "connections made");
});

alone("retry decides: stop, again, when", async (t) => {
  const told = [];
  const answers = [() => true, () => 30, () => { throw new Error("reported"); }, () => undefined, () => false];
  const socket = t.steady("/close?code=4499&reason=why", {
    retry: (close) => { told.push(close); return answers[told.length - 1](); },
  });
  const seen = t.record(socket);
  // The third returns nothing, and by default 4499 is not retried.
  const { code } = await t.next(socket, "close");
  equal([code, told.length, told[0]], [4499, 3, { code: 4499, reason: "why", wasClean: true }]);
  equal(seen.filter(({ type }) => type === "reconnecting").map(({ delay }) => delay)[1], 30);
  const stubborn = t.steady("/accept-drop", { retry: () => false });
  equal((await t.next(stubborn, "close", "reconnecting")).type, "close");
});

// Firefox delays a host that refused for seconds, so these connections are accepted and then lost.
alone("attempts are limited when asked for", async (t) => {
  const socket = t.steady("/close?code=1011", { backoff: { attempts: 2 } });
  const seen = t.record(socket);
  await t.next(socket, "close");
  equal(seen.map(({ type }) => type), ["open", "reconnecting", "open", "reconnecting", "open", "close"]);
});

alone("beforeFlush goes first, and again at every connection", async (t) => {
  let connections = 0;
  const socket = t.steady("/close?code=1011&after=4", {
    async beforeFlush(gate) {
      connections++;
      gate.send(`token ${connections}`);
      await pause(30);
      gate.send("second step");
    },
  });
  socket.send("queued 1");
  socket.send("queued 2");
  await t.next(socket, "reconnecting");
  socket.send("queued 3");
  const [first, second] = await t.heard("connections=2&messages=7");
  equal(first, ["token 1", "second step", "queued 1", "queued 2"]);
  equal(second, ["token 2", "second step", "queued 3"]);
});

alone("a gate that fails is a connection of no use; the queue is kept", async (t) => {
  let calls = 0;
  const socket = t.steady("/echo", {
    async beforeFlush({ send }) {
      if (calls++ === 0) throw new Error("refused");
      send("token");
    },
  });
  socket.send("kept");
  await t.next(socket, "reconnecting");
  equal((await t.heard("connections=2&messages=2"))[1], ["token", "kept"]);
});

alone("an abort signal ends it for good", async (t) => {
  const abort = new AbortController();
  const socket = t.steady("/echo", { signal: abort.signal });
  await t.next(socket, "open");
  const ended = t.next(socket, "close");
  abort.abort();
  await ended;
  equal(socket.readyState, 3);
  const stillborn = t.steady("/echo?unborn", { signal: abort.signal });
  await t.next(stillborn, "close");
  equal(stillborn.stats().attempts, 0);
});

alone("a server that accepts and drops is not hammered", async (t) => {
  const socket = t.steady("/accept-drop", { backoff: { first: 1, ceiling: 1, floor: 0 } });
  await pause(1000);
  socket.close();
  ok(socket.stats().connections <= 25, `${socket.stats().connections} connections in a second`);
});
