// What is collected: everything.

import { listeners } from "../watch.js";
import { faked } from "../fake.js";
import { Native, SteadyWebSocket, alone, collect, equal, ok, pause } from "../harness.js";

if (globalThis.gc) {
  for (const [name, make] of Object.entries({ strict: (t) => t.open(), steady: (t) => t.steady() })) {
    alone(`a closed ${name} socket is collected, an open one with a listener stays`, async (t) => {
      const closed = await (async () => {
        const socket = make(t);
        await t.next(socket, "open");
        socket.onmessage = () => {};
        socket.close();
        await t.next(socket, "close");
        return new WeakRef(socket);
      })();
      let heard = 0;
      const open = await (async () => {
        const socket = make(t);
        await t.next(socket, "open");
        socket.addEventListener("message", () => heard++);
        return new WeakRef(socket);
      })();
      t.sockets.length = 0;
      await collect();
      equal([closed.deref() === undefined, open.deref() === undefined], [true, false]);
      open.deref().send("x");
      await collect();
      await pause(50);
      equal(heard, 1);
      open.deref().close();
    });
  }

  alone("an open strict socket without listeners may go, as the native one", async (t) => {
    const refs = [];
    for (const Class of [t.Class, Native]) {
      let socket = new Class(t.url("/echo"));
      await t.next(socket, "open");
      refs.push(new WeakRef(socket));
      socket = undefined;
    }
    await collect();
    const [ours, native] = refs.map((ref) => ref.deref() === undefined);
    equal(ours, native, "ours is gone");
  });

  const KEPT = {
    "that shared one signal": ({ signal }) => [{ signal }],
    "whose streams were never read": () => [{}, (socket) => [socket.readable, socket.writable]],
    "whose streams are in use": () => [{}, (socket) => [socket.readable.getReader().read(), socket.writable.getWriter().ready]],
    "that were waited for": () => [{ highWaterMark: 1 }, (socket) => [socket.send("xx"), socket.ready(), socket.flushed()]],
    "whose functions never answer": () => [{ beforeFlush: () => new Promise(() => {}), retry: () => new Promise(() => {}) }],
  };
  for (const [name, use] of Object.entries(KEPT)) {
    alone(`nothing is left of 1,000 closed sockets ${name}`, async (t) => {
      const { SteadyWebSocket, address, made } = await faked();
      const { signal } = new AbortController();
      // In a function of its own, so that no variable keeps the last one.
      const live = () => {
        const [options, using = () => []] = use({ signal });
        const socket = new SteadyWebSocket(address, [], options);
        const native = made.pop();
        native.open();
        for (const one of using(socket)) one?.catch?.(() => {});
        native.message("never read");
        socket.close();
        native.end(1000, true);
        equal(socket.readyState, 3);
        return new WeakRef(socket);
      };
      const refs = Array.from({ length: 1000 }, live);
      // Whatever is never collected makes the case time out.
      while (refs.some((ref) => ref.deref())) await collect();
      equal(signal.aborted, false, "the signal is still there");
    });
  }

  // `performance.memory` exists in Chromium's windows. One after the other: it delays sockets that are created at
  // once.
  if (performance.memory) alone("1,000 sockets leave memory flat", async (t) => {
    const round = async (count) => {
      for (let i = 0; i < count; i++) {
        const socket = i % 2 ? new t.Class(t.url("/echo?keep=0")) : new SteadyWebSocket(t.url("/echo?keep=0"));
        await t.next(socket, "open");
        socket.send("x".repeat(1000));
        await t.next(socket, "message");
        socket.close();
        await t.next(socket, "close");
      }
      await collect();
      return performance.memory.usedJSHeapSize;
    };
    await round(100);
    const before = await round(100);
    const after = await round(1000);
    ok(after - before < 400_000, `${after - before} bytes more`);
  }, 90_000);
}

// Another copy of the package uses the native class, not the first copy.
alone("the package loaded after it took the native class's place", async (t) => {
  const own = globalThis.WebSocket;
  let second;
  try {
    await import("/pkg/global.js");
    ok(globalThis.WebSocket !== own, "it took the place");
    second = await import(`/pkg/index.js?${t.id}`);
  } finally {
    globalThis.WebSocket = own;
  }
  for (const Class of [second.WebSocket, second.SteadyWebSocket]) {
    const socket = t.keep(new Class(t.url("/echo")));
    await t.next(socket, "open");
    socket.send("x");
    equal((await t.next(socket, "message")).data, "x");
  }
  equal(second.WebSocket[Symbol.for("steady-websocket.native")] === Native, true, "what it stands on");
});

alone("mounted twice, one connection is left", async (t) => {
  const mount = () => {
    const socket = t.steady();
    return { opened: t.next(socket, "open"), unmount: () => socket.close() };
  };
  const first = mount();
  first.opened.catch(() => {});
  first.unmount();
  const { opened, unmount } = mount();
  await opened;
  await pause(50);
  const { connections } = await t.control("GET", "/log?brief");
  equal(connections.filter(({ ended }) => !ended).length, 1);
  unmount();
});

alone("a module that is replaced while it runs leaves its successor's connection alone", async (t) => {
  const generation = async () => {
    const { SteadyWebSocket: Fresh } = await import(`/pkg/index.js?${crypto.randomUUID()}`);
    const socket = t.keep(new Fresh(t.url("/echo")));
    await t.next(socket, "open");
    return { socket, dispose: () => socket.close() };
  };
  let now = await generation();
  for (let i = 0; i < 3; i++) {
    now.dispose();
    now = await generation();
  }
  await pause(50);
  const { connections } = await t.control("GET", "/log?brief");
  equal([connections.length, connections.filter(({ ended }) => !ended).length], [4, 1]);
  now.socket.send("x");
  equal((await t.next(now.socket, "message")).data, "x");
});

alone("offline: the ladder's slowest rate; online: at once", async (t) => {
  const socket = t.steady("/refuse", { backoff: { first: 20, ceiling: 60_000, jitter: "none" } });
  dispatchEvent(new Event("offline"));
  const { delay } = await t.next(socket, "reconnecting");
  ok(delay >= 60_000, `delay ${delay}`);
  await t.control("POST", "/mode?do=echo&n=1");
  const opened = t.next(socket, "open");
  dispatchEvent(new Event("online"));
  await opened;
});

if (globalThis.document) {
  alone("into the back/forward cache without a connection, out of it with a new one", async (t) => {
    const socket = t.steady();
    await t.next(socket, "open");
    const going = t.next(socket, "reconnecting");
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    equal((await going).code, 1006);
    equal([socket.readyState, socket.lastFailure.cause], [0, "stowed"]);
    await pause(100);
    equal(socket.stats().attempts, 1, "attempts while stowed");
    const back = t.next(socket, "open");
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    await back;
  });

  alone("a page that is left for good, or shown for the first time, changes nothing", async (t) => {
    const socket = t.steady();
    await t.next(socket, "open");
    const seen = t.record(socket);
    for (const type of ["pagehide", "pageshow"]) dispatchEvent(new PageTransitionEvent(type));
    for (const type of ["freeze", "resume", "visibilitychange"]) document.dispatchEvent(new Event(type));
    await pause(100);
    equal([seen.length, socket.readyState], [0, 1]);
  });

  alone("a page that runs again cuts the wait short", async (t) => {
    for (const type of ["resume", "visibilitychange"]) {
      const socket = t.steady("/refuse", { backoff: { first: 60_000, ceiling: 60_000, jitter: "none" } });
      await t.next(socket, "reconnecting");
      await t.control("POST", "/mode?do=echo&n=1");
      const opened = t.next(socket, "open");
      document.dispatchEvent(new Event(type));
      await opened;
      socket.close();
    }
  });
}

alone("the lists of numbers beneath a socket do not grow with its messages", async (t) => {
  const { push } = Array.prototype;
  const lists = new Set();
  const held = () => [...lists].reduce((sum, { length }) => sum + length, 0);
  Array.prototype.push = function (...items) {
    if (typeof items[0] === "number") lists.add(this);
    return push.apply(this, items);
  };
  try {
    const socket = t.steady();
    await t.next(socket, "open");
    let before;
    for (let trip = 0; trip < 50; trip++) {
      socket.send("plain");
      socket.send("tracked", { key: "a key", ttl: 60_000 });
      await socket.flushed();
      before ??= held();
    }
    ok(lists.size, "numbers go over the border");
    ok(held() < before + 50, `${before} numbers became ${held()}`);
  } finally {
    Array.prototype.push = push;
  }
});

// Last of all: the sockets of the other cases must have ended.
alone("nothing listens on the page once the last socket is over", async (t) => {
  const socket = t.steady();
  await t.next(socket, "open");
  ok(listeners.get("online") > 0, "it listened");
  socket.close();
  const left = () => ["online", "offline", "pagehide", "pageshow", "visibilitychange", "freeze", "resume"].filter((type) => listeners.get(type));
  for (let tries = 0; left().length && tries < 280; tries++) await pause(50);
  equal(left(), []);
});
