// `lastFailure`: what is known of a failed attempt or a lost connection.

import { Native, SteadyWebSocket, alone, equal, ok, pause } from "../harness.js";

const PATIENT = { backoff: { first: 5000, ceiling: 5000, jitter: "none" } };

/** The failure's fields but those that differ from run to run, once they are plausible. */
function facts({ took, attempt, ...rest }) {
  ok(took >= 0 && took < 15_000, `took ${took}`);
  ok(attempt > 0, `attempt ${attempt}`);
  return rest;
}

const LOST = { code: 1006, reason: "", wasClean: false, online: true };
const NEW = { everOpened: false, workedBefore: false };
const KNOWN = { everOpened: true, workedBefore: true };

/** Each `make` gives a socket that fails, and what `lastFailure` is then. */
const FAILURES = {
  "a server that refuses": async (t) => [t.steady("/refuse?status=502", PATIENT), { ...LOST, ...NEW, phase: "connecting", cause: "handshake" }],
  "a port where nobody listens": async (t) => [
    // WebKit fires `error` there, and never `close`.
    t.keep(new SteadyWebSocket("ws://127.0.0.1:1/", [], { ...PATIENT, closeTimeout: 100 })),
    { ...LOST, ...NEW, phase: "connecting", cause: "handshake" },
  ],
  "an attempt that takes too long": async (t) => [
    t.steady("/echo?delay_ms=2000", { ...PATIENT, connectTimeout: 100 }),
    { ...LOST, ...KNOWN, everOpened: false, phase: "connecting", cause: "timeout" },
  ],
  "a provider that fails": async (t) => {
    const error = new Error("no token");
    return [
      t.keep(new SteadyWebSocket(() => Promise.reject(error), [], PATIENT)),
      { ...LOST, ...NEW, phase: "connecting", cause: "provider", error },
    ];
  },
  "a connection that is cut": async (t) => {
    const socket = t.steady("/echo", PATIENT);
    await t.next(socket, "open");
    t.control("POST", "/kill");
    return [socket, { ...LOST, ...KNOWN, phase: "open", cause: "cut" }];
  },
  "a server that closes": async (t) => [
    t.steady("/close?code=1011&reason=why", PATIENT),
    { ...LOST, ...KNOWN, code: 1011, reason: "why", wasClean: true, phase: "open", cause: "server" },
  ],
  "a heartbeat that is not answered": async (t) => [
    t.steady("/half-open", { ...PATIENT, heartbeat: { interval: 50, timeout: 50 } }),
    { ...LOST, ...KNOWN, phase: "open", cause: "timeout" },
  ],
  "a gate that fails": async (t) => {
    addEventListener("error", (event) => event.preventDefault(), { once: true });
    return [
      t.steady("/echo", { ...PATIENT, beforeFlush: () => Promise.reject(new Error("not let in")) }),
      { ...LOST, ...KNOWN, phase: "gate", cause: "gate" },
    ];
  },
  "a gate that takes too long": async (t) => [
    t.steady("/echo", { ...PATIENT, connectTimeout: 300, beforeFlush: () => new Promise(() => {}) }),
    { ...LOST, ...KNOWN, phase: "gate", cause: "timeout" },
  ],
  "a gate that was passed": async (t) => {
    const socket = t.steady("/echo", { ...PATIENT, beforeFlush: ({ send }) => send("token") });
    await t.next(socket, "message");
    t.control("POST", "/kill");
    return [socket, { ...LOST, ...KNOWN, phase: "open", cause: "cut" }];
  },
};

for (const [name, make] of Object.entries(FAILURES)) {
  alone(`lastFailure: ${name}`, async (t) => {
    const open = t.steady("/echo");
    await t.next(open, "open");
    equal(open.lastFailure, null);
    const half = t.steady("/half-open");
    await t.next(half, "open");
    const [socket, expected] = await make(t);
    let told;
    socket.addEventListener("reconnecting", () => { told = socket.lastFailure; });
    await t.next(socket, "reconnecting");
    const { error, ...rest } = facts(told);
    const { error: wrong, ...others } = expected;
    ok(error === wrong, `error ${error}`);
    equal(Object.entries(rest).sort(), Object.entries(others).sort());
    ok(socket.lastFailure === told, "it stays");
  });
}

alone("lastFailure: the last close has it too, and nothing else changes it", async (t) => {
  const socket = t.steady("/close?code=1008");
  await t.next(socket, "close");
  const { phase, cause, code } = socket.lastFailure;
  equal([phase, cause, code], ["open", "server", 1008]);
  const waiting = t.steady("/refuse", PATIENT);
  await t.next(waiting, "reconnecting");
  const before = waiting.lastFailure;
  waiting.close();
  await t.next(waiting, "close");
  ok(waiting.lastFailure === before, "no attempt failed since");
});

alone("lastFailure: what the application closed is no failure, what it cut is its own doing", async (t) => {
  const socket = t.steady();
  await t.next(socket, "open");
  socket.close();
  await t.next(socket, "close");
  equal(socket.lastFailure, null);
  const early = t.steady("/echo?delay_ms=5000");
  early.close();
  await t.next(early, "close");
  equal([early.lastFailure.phase, early.lastFailure.cause], ["connecting", "page"]);
  const cut = t.steady("/half-open");
  await t.next(cut, "open");
  cut.terminate();
  await t.next(cut, "close");
  equal([cut.lastFailure.phase, cut.lastFailure.cause], ["open", "page"]);
  const slow = t.steady("/half-open", { closeTimeout: 100 });
  await t.next(slow, "open");
  slow.close();
  await t.next(slow, "close");
  equal([slow.lastFailure.phase, slow.lastFailure.cause], ["closing", "timeout"]);
});

alone("lastFailure: a page that is offline says so", async (t) => {
  const socket = t.steady("/echo", PATIENT);
  await t.next(socket, "open");
  Object.defineProperty(navigator, "onLine", { value: false, configurable: true });
  dispatchEvent(new Event("offline"));
  try {
    const lost = t.next(socket, "reconnecting");
    t.control("POST", "/kill");
    await lost;
  } finally {
    delete navigator.onLine;
    dispatchEvent(new Event("online"));
  }
  equal([socket.lastFailure.online, socket.lastFailure.cause], [false, "offline"]);
});

/** The package once more, on a native class of which every socket is refused as mixed content is. */
async function refusing(refused) {
  const own = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url, protocols) {
      if (refused(url)) throw new DOMException("insecure", "SecurityError");
      super(url, protocols);
    }
  };
  try {
    return await import(`/pkg/index.js?${crypto.randomUUID()}`);
  } finally {
    globalThis.WebSocket = own;
  }
}

alone("an address that the browser refuses is not tried again: error, close", async (t) => {
  let tries = 0;
  const { SteadyWebSocket: Refused } = await refusing(() => ++tries);
  const socket = t.keep(new Refused(t.url("/echo"), [], { backoff: { first: 1, ceiling: 1, floor: 1 } }));
  const seen = t.record(socket);
  equal(seen.length, 0, "nothing fires inside the constructor");
  await t.next(socket, "close");
  await pause(50);
  equal(seen.map(({ type, code }) => code ?? type), ["error", 1006]);
  const { error, ...rest } = facts(socket.lastFailure);
  equal(error.name, "SecurityError");
  equal([rest.cause, rest.phase, tries], ["forbidden", "connecting", 1]);
});

alone("close() straight after a constructor whose address the browser refuses", async (t) => {
  const { SteadyWebSocket: Refused } = await refusing(() => true);
  const socket = t.keep(new Refused(t.url("/echo")));
  const seen = t.record(socket);
  socket.close();
  await t.next(socket, "close");
  equal(seen.map(({ type, code }) => code ?? type), ["error", 1006]);
});

alone("an address that the browser refuses is an attempt that failed, if a provider gave it", async (t) => {
  const { SteadyWebSocket: Refused } = await refusing((url) => url.includes("secret"));
  const given = ["/echo?secret", "/echo"];
  const socket = t.keep(new Refused(() => t.url(given.shift()), [], { backoff: { first: 1, ceiling: 1, floor: 1 } }));
  const seen = t.record(socket);
  await t.next(socket, "open");
  equal(seen.map(({ type }) => type), ["reconnecting", "open"]);
  equal(socket.lastFailure.cause, "forbidden");
});
