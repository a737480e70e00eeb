// The text of every exception of ours: what happened, to which option or argument, and what to do.

import { SteadyWebSocket, alone, equal, pause } from "../harness.js";
import * as ours from "/pkg/index.js";

const text = (run) => {
  try {
    run();
  } catch ({ name, message }) {
    return `${name}: ${message}`;
  }
  return "nothing thrown";
};
const rejection = (promise) => promise.then(() => "resolved", ({ name, message }) => `${name}: ${message}`);

const SPAN = "must be between 1 and 2147483647 ms";
const AT_MOST = "must be at most 2147483647 ms";
const FUNCTION = "must be a function";
const NUMBER = "must be a number, 0 or more";
const heartbeat = (fields) => ({ heartbeat: { interval: 1, timeout: 1, ...fields } });
const backoff = (fields) => ({ backoff: fields });
const queue = (fields) => ({ queue: fields });

const OPTIONS = [
  [1, "", "must be an object"],
  [backoff(1), ".backoff", "must be an object"],
  [{ nonsense: 1 }, ".nonsense", "is not an option"],
  [{ connectTimeout: "1" }, ".connectTimeout", NUMBER],
  [{ beforeFlush: 1 }, ".beforeFlush", FUNCTION],
  [{ retry: 1 }, ".retry", FUNCTION],
  [heartbeat({ isReply: 1 }), ".heartbeat.isReply", FUNCTION],
  [{ signal: {} }, ".signal", "must be an AbortSignal"],
  [{ heartbeat: {} }, ".heartbeat.interval", "must be given"],
  [queue({ overflow: "x" }), ".queue.overflow", "must be one of refuse, drop-oldest, drop-newest"],
  [{ inbound: { overflow: "x" } }, ".inbound.overflow", "must be one of close, drop-oldest, drop-newest"],
  [backoff({ jitter: "x" }), ".backoff.jitter", "must be one of full, equal, decorrelated, none"],
  [{ lowWaterMark: 2, highWaterMark: 1 }, ".lowWaterMark", "must not be above highWaterMark"],
  [{ connectTimeout: 0 }, ".connectTimeout", SPAN],
  [{ closeTimeout: 0 }, ".closeTimeout", SPAN],
  [backoff({ first: 0 }), ".backoff.first", SPAN],
  [backoff({ ceiling: 0 }), ".backoff.ceiling", SPAN],
  [backoff({ growth: 0 }), ".backoff.growth", "must be at least 1"],
  [backoff({ floor: 30_001 }), ".backoff.floor", "must not be above backoff.ceiling"],
  [backoff({ first: 30_001 }), ".backoff.first", "must not be above backoff.ceiling"],
  [backoff({ stableAfter: 2 ** 31 }), ".backoff.stableAfter", AT_MOST],
  [backoff({ restartFloor: 2 ** 31 }), ".backoff.restartFloor", AT_MOST],
  [backoff({ busyFloor: 2 ** 31 }), ".backoff.busyFloor", AT_MOST],
  [queue({ ttl: 0 }), ".queue.ttl", "must not be 0"],
  [heartbeat({ interval: 0 }), ".heartbeat.interval", SPAN],
  [heartbeat({ timeout: 0 }), ".heartbeat.timeout", SPAN],
];

alone("texts: every rule of the options", (t) => {
  for (const [options, field, rule] of OPTIONS) {
    const made = text(() => t.keep(new SteadyWebSocket(t.url("/echo"), [], options)));
    equal(made, `TypeError: Failed to construct 'SteadyWebSocket': options${field} ${rule}.`);
  }
});

alone("texts: the constructors' arguments", (t) => {
  for (const Class of [ours.WebSocket, SteadyWebSocket]) {
    const made = (...args) => text(() => t.keep(new Class(...args)));
    equal(made(), "TypeError: An argument is missing.");
    equal(made("ws://["), "SyntaxError: The URL 'ws://[' is invalid.");
    equal(made("ftp://x/"), "SyntaxError: The URL 'ftp://x/' must begin with ws, wss, http or https.");
    equal(made("ws://x/#a"), "SyntaxError: The URL 'ws://x/#a' must not have a fragment.");
    equal(made("ws://x/", ["a b"]), "SyntaxError: The subprotocol 'a b' is invalid.");
    equal(made("ws://x/", ["a", "a"]), "SyntaxError: The subprotocol 'a' is duplicated.");
    equal(made("ws://x/", { [Symbol.iterator]: 1 }), "TypeError: The protocols must be a string or iterable.");
  }
});

alone("texts: send and close", async (t) => {
  const strict = t.keep(new ours.WebSocket(t.url("/echo")));
  equal(text(() => strict.send("x")), "InvalidStateError: Still in CONNECTING state: wait for open.");
  equal(text(() => strict.close(1001)), "InvalidAccessError: The close code must be 1000, or from 3000 to 4999; 1001 is neither.");
  equal(text(() => strict.close(1000, "x".repeat(124))), "SyntaxError: The close reason must not be longer than 123 bytes.");
  equal(text(() => ours.WebSocket.prototype.send.call({}, "x")), "TypeError: Illegal invocation");

  const socket = t.steady("/echo?delay_ms=1000", { queue: { maxCount: 1, maxBytes: 10 } });
  equal(text(() => socket.send()), "TypeError: An argument is missing.");
  equal(text(() => socket.send("x".repeat(11))), "QuotaExceededError: The message alone is larger than queue.maxBytes.");
  equal(text(() => socket.send("x", { ttl: 0 })), "TypeError: ttl must be more than 0 ms.");
  equal(text(() => socket.send("x", { ttl: 0.5 })), "TypeError: ttl must be more than 0 ms.");
  socket.send("x");
  equal(text(() => socket.send("x")), "QuotaExceededError: The queue is full: it holds queue.maxCount messages.");
  const large = t.steady("/echo?delay_ms=1000", { queue: { maxBytes: 10 } });
  large.send("x".repeat(6));
  equal(text(() => large.send("x".repeat(6))), "QuotaExceededError: The queue is full: it holds queue.maxBytes bytes.");

  const flushed = rejection(socket.flushed());
  socket.close();
  equal(await flushed, "NetworkError: Message 0 was not handed over: closed.");
  await pause(0);
  const closed = "InvalidStateError: The socket is closing or closed.";
  equal(text(() => socket.reconnect()), closed);
  equal(await rejection(socket.ready()), closed);
});
