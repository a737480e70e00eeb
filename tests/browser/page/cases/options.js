// What SteadyWebSocket's constructor rejects.

import { SteadyWebSocket, alone, equal, thrown } from "../harness.js";

const refusal = (t, options, url = t.url("/echo"), protocols = []) => {
  try {
    t.keep(new SteadyWebSocket(url, protocols, options));
  } catch (cause) {
    return [cause.name, cause.message];
  }
  return ["accepted", ""];
};

const WRONG = [
  [{ nonsense: 1 }, "nonsense"], [{ connectTimeout: "1" }, "connectTimeout"], [{ connectTimeout: 0 }, "connectTimeout"],
  [{ connectTimeout: NaN }, "connectTimeout"], [{ connectTimeout: Infinity }, "connectTimeout"], [{ closeTimeout: -1 }, "closeTimeout"],
  [{ closeTimeout: 2 ** 31 }, "closeTimeout"], [{ backoff: 1 }, "backoff"], [{ backoff: null }, "backoff"],
  [{ backoff: { first: 0 } }, "backoff.first"], [{ backoff: { first: 2000, ceiling: 1000 } }, "backoff.first"],
  [{ backoff: { floor: 50_000 } }, "backoff.floor"], [{ backoff: { growth: 0.5 } }, "backoff.growth"],
  [{ backoff: { jitter: "some" } }, "backoff.jitter"], [{ backoff: { attempts: -1 } }, "backoff.attempts"],
  [{ backoff: { atempts: 1 } }, "backoff.atempts"], [{ backoff: { stableAfter: 2 ** 40 } }, "backoff.stableAfter"],
  [{ backoff: { ceiling: 2 ** 31 } }, "backoff.ceiling"], [{ backoff: { restartFloor: 2 ** 31 } }, "backoff.restartFloor"],
  [{ backoff: { busyFloor: 2 ** 31 } }, "backoff.busyFloor"], [{ heartbeat: { interval: 10, timeout: 0 } }, "heartbeat.timeout"],
  [{ queue: { maxBytes: "1" } }, "queue.maxBytes"], [{ queue: { overflow: "explode" } }, "queue.overflow"], [{ queue: { ttl: 0 } }, "queue.ttl"],
  [{ lowWaterMark: 2, highWaterMark: 1 }, "lowWaterMark"], [{ heartbeat: {} }, "heartbeat.interval"], [{ heartbeat: { interval: 10 } }, "heartbeat.timeout"],
  [{ heartbeat: { interval: 0, timeout: 10 } }, "heartbeat.interval"], [{ heartbeat: { interval: 10, timeout: 10, isReply: 1 } }, "heartbeat.isReply"],
  [{ beforeFlush: 1 }, "beforeFlush"], [{ retry: true }, "retry"], [{ signal: {} }, "signal"], [{ signal: null }, "signal"],
];

for (const [options, field] of WRONG) {
  alone(`options.${field} can be wrong: ${JSON.stringify(options)}`, async (t) => {
    const [name, message] = refusal(t, options);
    equal(name, "TypeError", message);
    equal(new RegExp(`options\\.${field.replace(".", "\\.")}\\b`).test(message), true, message);
    equal((await t.heard()).length, 0, "connections made");
  });
}

alone("options that are none", (t) => {
  for (const options of [1, "x", null, true]) equal(refusal(t, options)[0], "TypeError", String(options));
  for (const options of [undefined, {}, { backoff: undefined }]) equal(refusal(t, options)[0], "accepted", String(options));
});

alone("address and protocols are checked as the strict class does", (t) => {
  equal(refusal(t, {}, "ftp://x")[0], "SyntaxError");
  equal(refusal(t, {}, "ws://x/#a")[0], "SyntaxError");
  equal(refusal(t, {}, "http://")[0], "SyntaxError");
  equal(refusal(t, {}, undefined, ["a", "a"])[0], "SyntaxError");
  equal(refusal(t, {}, () => "", ["a b"])[0], "SyntaxError");
  equal(thrown(() => new SteadyWebSocket()), "TypeError TypeError");
  equal(thrown(() => SteadyWebSocket("ws://x")), "TypeError TypeError");
});

alone("send's options", (t) => {
  const socket = t.steady();
  for (const wishes of [{ ttl: 0 }, { ttl: -1 }, { ttl: "1" }, { ttl: NaN }]) {
    equal(thrown(() => socket.send("x", wishes)), "TypeError TypeError", String(wishes));
  }
  equal(socket.bufferedAmount, 0);
});

alone("send's second argument is ignored if it is no object, as the platform ignores it", (t) => {
  const socket = t.steady();
  for (const wishes of [1, null, undefined, "x", true, Symbol()]) equal(socket.send("x", wishes), undefined);
  ["a", "b"].forEach(socket.send, socket);
  equal(socket.bufferedAmount, 8);
});

alone("one water mark alone moves the other", async (t) => {
  const pressed = (options, bytes) => {
    const socket = t.steady("/echo", options);
    socket.send("x".repeat(bytes));
    let ready = false;
    socket.ready().then(() => { ready = true; }, () => {});
    return Promise.resolve().then(() => !ready);
  };
  equal(await pressed({ highWaterMark: 65_536 }, 65_536), false, "at the high one");
  equal(await pressed({ highWaterMark: 65_536 }, 65_537), true, "above the high one");
  equal(await pressed({ lowWaterMark: 1 << 19 }, (1 << 21) + 1), true, "above four times the low one");
  equal(await pressed({ lowWaterMark: 1 << 19 }, 1 << 21), false, "at four times the low one");
  equal(await pressed({ lowWaterMark: 1 }, 1 << 20), false, "a small low one leaves the high one");
  equal(refusal(t, { highWaterMark: 0 })[0], "accepted");
});

alone("what is on the prototype of all objects is no option", async (t) => {
  const polluted = ["retry", "beforeFlush", "signal", "connectTimeout", "heartbeat", "nonsense"];
  for (const name of polluted) {
    Object.prototype[name] = "polluted";
    try {
      equal(refusal(t, {}), ["accepted", ""], name);
    } finally {
      delete Object.prototype[name];
    }
  }
});

alone("a refusal names the option that refused", (t) => {
  const refused = (queue, ...texts) => {
    const socket = t.steady("/echo?delay_ms=1000", { queue });
    try {
      for (const text of texts) socket.send(text);
    } catch ({ name, message }) {
      return [name, /queue\.\w+/.exec(message)?.[0]];
    }
  };
  equal(refused({ maxCount: 1 }, "1", "2"), ["QuotaExceededError", "queue.maxCount"]);
  equal(refused({ maxCount: 0 }, "1"), ["QuotaExceededError", "queue.maxCount"]);
  equal(refused({ maxBytes: 3 }, "12", "34"), ["QuotaExceededError", "queue.maxBytes"]);
  equal(refused({ maxBytes: 3 }, "1234"), ["QuotaExceededError", "queue.maxBytes"]);
});

alone("a growth is taken to the nearest percent", async (t) => {
  const backoff = { first: 100, growth: 1.15, floor: 0, jitter: "none" };
  const socket = t.steady("/refuse?status=502", { backoff });
  const delays = [];
  while (delays.length < 2) delays.push((await t.next(socket, "reconnecting")).delay);
  equal(delays, [100, 115], "1.15 * 100 is a little less than 115");
});
