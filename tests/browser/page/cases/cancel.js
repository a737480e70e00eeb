// Callbacks that may take long: each gets a signal, and each has a deadline.

import { faked, reported, steadyOverFake } from "../fake.js";
import { alone, equal, ok, pause } from "../harness.js";

/** Until a condition holds; a case that waits for ever has failed. */
async function until(holds) {
  while (!holds()) await pause(1);
}

/** A function of the application's that answers when the case says so; what it was called with, and how to answer. */
function asked() {
  const calls = [];
  const call = (...args) => new Promise((resolve, reject) => calls.push({ args, resolve, reject }));
  return [call, calls];
}

const soon = { first: 1, ceiling: 1, floor: 1, jitter: "none" };
const late = { first: 60_000, ceiling: 60_000, floor: 1, jitter: "none" };

/** What each function gets, where its signal is, and how a socket comes to call it. */
const ASKED = {
  "an address": {
    async make(t, options) {
      const { SteadyWebSocket, address, made } = await faked();
      const [call, calls] = asked();
      const socket = t.keep(new SteadyWebSocket(call, [], options));
      await until(() => calls.length);
      return { socket, natives: made, calls, address };
    },
    signal: ([attempt, { signal }]) => (equal(attempt, 1), signal),
    answer: ({ address }) => address,
    fresh: ({ natives }) => natives.length,
  },
  "protocols": {
    async make(t, options) {
      const { SteadyWebSocket, address, made } = await faked();
      const [call, calls] = asked();
      const socket = t.keep(new SteadyWebSocket(address, call, options));
      await until(() => calls.length);
      return { socket, natives: made, calls, address };
    },
    signal: ([attempt, { signal }]) => (equal(attempt, 1), signal),
    answer: () => ["late"],
    fresh: ({ natives }) => natives.length,
  },
  "beforeFlush": {
    async make(t, options) {
      const [beforeFlush, calls] = asked();
      const made = await steadyOverFake(t, { ...options, beforeFlush });
      made.natives[0].open();
      await until(() => calls.length);
      made.socket.send("behind the gate");
      return { ...made, calls };
    },
    signal: ([{ attempt, signal }]) => (equal(attempt, 1), signal),
    fresh: ({ natives }) => natives[0].sent.length,
  },
  "retry": {
    async make(t, options) {
      const [retry, calls] = asked();
      const made = await steadyOverFake(t, { ...options, retry });
      made.natives[0].open();
      made.natives[0].end();
      await until(() => calls.length);
      return { ...made, calls };
    },
    signal: ([closure, { signal }]) => (equal(closure, { code: 1006, reason: "", wasClean: false }), signal),
    answer: () => 0,
    fresh: ({ natives }) => natives.length - 1,
  },
};

const ENDS = {
  "close()": ({ socket }) => socket.close(),
  "terminate()": ({ socket }) => socket.terminate(),
  "reconnect()": ({ socket }) => socket.reconnect(),
  "its deadline": () => {},
};
const LOSSES = {
  "the connection's end": ({ natives }) => natives[0].end(),
  "the connection's failure": ({ natives }) => natives[0].dispatchEvent(new Event("error")),
  "the peer's closing": ({ natives, socket }) => { natives[0].state = 2; equal(socket.readyState, 0); },
};

for (const [what, { make, signal, answer, fresh }] of Object.entries(ASKED)) {
  for (const [name, end] of Object.entries({ ...ENDS, ...(what === "beforeFlush" && LOSSES) })) {
    alone(`cancel: ${what}, by ${name}`, async (t) => {
      const causes = await reported(async () => {
        const connectTimeout = name === "its deadline" ? 50 : 60_000;
        const made = await make(t, { connectTimeout, backoff: late });
        const [{ args, resolve, reject }] = made.calls;
        const cancelled = signal(args);
        equal(cancelled.aborted, false, "before");
        let inside = true;
        cancelled.addEventListener("abort", () => ok(!inside || name in LOSSES, "not inside a call of the application's"));
        end(made);
        inside = false;
        if (name === "its deadline") await until(() => cancelled.aborted);
        else await pause(0);
        equal(cancelled.aborted, true, "at once");
        const before = fresh(made);
        // Too late in either case, and not an uncaught exception.
        if (name === "its deadline") reject(new Error("late"));
        else resolve(answer?.(made));
        await pause(20);
        equal(fresh(made), before, "what its answer led to");
        if (name.startsWith("close") || name.startsWith("term")) {
          for (const native of made.natives) if (native.state === 2) native.end();
          await until(() => made.socket.readyState === 3);
        }
      });
      equal(causes, []);
    });
  }

  alone(`cancel: ${what}, answered in time, and never cancelled`, async (t) => {
    const made = await make(t, { backoff: soon });
    const [{ args, resolve }] = made.calls;
    resolve(answer?.(made));
    await until(() => fresh(made));
    made.socket.close();
    await pause(5);
    equal(signal(args).aborted, false);
  });
}

alone("cancel: what has ended before its function was called does not call it", async (t) => {
  const { SteadyWebSocket } = await faked();
  let calls = 0;
  const socket = t.keep(new SteadyWebSocket(() => { calls++; }));
  socket.close();
  await pause(5);
  equal([calls, socket.readyState], [0, 3]);
});

alone("cancel: a beforeFlush that fails is reported, and the connection given up", async (t) => {
  const [beforeFlush, calls] = asked();
  const { socket, natives, seen } = await steadyOverFake(t, { beforeFlush });
  natives[0].open();
  equal(seen, ["open"], "open comes first");
  await until(() => calls.length);
  const causes = await reported(async () => {
    calls[0].reject(new Error("not let in"));
    await until(() => seen.length > 1);
  });
  equal([causes, seen, socket.lastFailure.cause], [["not let in"], ["open", "reconnecting"], "gate"]);
});
