// What is left behind: nothing.

import { listeners } from "../watch.js";
import { Native, SteadyWebSocket, alone, equal, ok, pause } from "../harness.js";

const collect = async () => {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await pause(20);
  }
};

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

  // `performance.memory` is a window's, in Chromium. One after the other: it holds up sockets that come at once.
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

// Last of all: the sockets of the other cases have to be over.
alone("nothing listens on the page once the last socket is over", async (t) => {
  const socket = t.steady();
  await t.next(socket, "open");
  ok(listeners.get("online") > 0, "it listened");
  socket.close();
  const left = () => ["online", "offline", "pagehide", "pageshow", "visibilitychange", "freeze", "resume"].filter((type) => listeners.get(type));
  for (let tries = 0; left().length && tries < 280; tries++) await pause(50);
  equal(left(), []);
});
