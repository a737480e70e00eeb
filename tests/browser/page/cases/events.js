// "Feedback from the protocol": events, and the DOM's rules for listeners, for both classes.

import { SteadyWebSocket, alone, both, collect, equal, ok, pause, thrown } from "../harness.js";

const about = (event) => ({
  type: event.type, class: event.constructor.name, string: `${event}`, target: event.target === event.currentTarget,
  phase: event.eventPhase, path: event.composedPath().length, bubbles: event.bubbles, cancelable: event.cancelable,
  composed: event.composed, prevented: event.defaultPrevented,
});

const STORY = {
  "open, message, close are the platform's own": async (t, socket) => {
    const seen = [];
    for (const type of ["open", "message", "error", "close"]) {
      socket.addEventListener(type, function (event) {
        seen.push([about(event), this === socket, event.target === socket, event.composedPath()[0] === socket, socket.readyState]);
        if (type === "message") seen.push([event.data, event.origin === new URL(socket.url).origin, event.lastEventId, event.source, event.ports]);
        if (type === "close") seen.push([event.code, event.reason, event.wasClean]);
      });
    }
    await t.next(socket, "open");
    socket.send("é€😀");
    await t.next(socket, "message");
    socket.close(3456, "é");
    await t.next(socket, "close");
    await pause(20);
    t.note(seen);
  },
  "listeners and handlers run in the order they were added": async (t, socket) => {
    const order = [];
    const say = (name) => () => { order.push(name); };
    socket.addEventListener("open", say("first"));
    socket.onopen = say("handler");
    socket.addEventListener("open", say("second"));
    socket.onopen = say("handler, replaced");
    socket.addEventListener("open", say("capturing"), true);
    socket.addEventListener("open", { handleEvent: say("object") });
    socket.addEventListener("open", null);
    const twice = say("twice");
    socket.addEventListener("open", twice);
    socket.addEventListener("open", twice, { passive: true });
    socket.addEventListener("open", twice, true);
    await t.next(socket, "open");
    t.note(order);
  },
  "a handler set to null loses its place": async (t, socket) => {
    const order = [];
    socket.onopen = () => order.push("never");
    socket.addEventListener("open", () => order.push("listener"));
    socket.onopen = null;
    socket.onopen = () => order.push("handler");
    await t.next(socket, "open");
    t.note(order);
  },
  "once, signal, removal": async (t, socket) => {
    const order = [];
    const abort = new AbortController();
    socket.addEventListener("message", () => order.push("once"), { once: true });
    socket.addEventListener("message", () => order.push("until aborted"), { signal: abort.signal });
    const removed = () => order.push("removed");
    socket.addEventListener("message", removed);
    socket.addEventListener("message", () => { socket.removeEventListener("message", removed); socket.removeEventListener("message", later); });
    const later = () => order.push("never");
    socket.addEventListener("message", later);
    await t.next(socket, "open");
    socket.send("1");
    await t.next(socket, "message");
    abort.abort();
    socket.send("2");
    await t.next(socket, "message");
    t.note(order);
  },
  "a signal aborted while a message is dispatched, and a listener added again": async (t, socket) => {
    const order = [];
    const abort = new AbortController();
    const { signal } = abort;
    const say = (name) => () => { order.push(name); };
    const again = say("again");
    socket.addEventListener("message", again, { signal });
    socket.addEventListener("message", () => { abort.abort(); order.push("aborts"); });
    socket.addEventListener("message", say("never"), { signal });
    await t.next(socket, "open");
    socket.send("1");
    await t.next(socket, "message");
    socket.dispatchEvent(new MessageEvent("message"));
    socket.addEventListener("message", again);
    socket.addEventListener("message", again, { signal });
    socket.send("2");
    await t.next(socket, "message");
    socket.dispatchEvent(new MessageEvent("message"));
    t.note(order);
  },
  "stopImmediatePropagation, preventDefault, return false": async (t, socket) => {
    const order = [];
    socket.addEventListener("open", (event) => { event.preventDefault(); order.push(event.defaultPrevented); });
    socket.onopen = () => false;
    socket.addEventListener("open", (event) => { order.push(event.defaultPrevented); event.stopPropagation(); });
    await t.next(socket, "open");
    const stopped = new Promise((resolve) => {
      socket.addEventListener("message", (event) => { order.push("stop"); event.stopImmediatePropagation(); resolve(); });
    });
    socket.addEventListener("message", () => order.push("never"));
    socket.send("x");
    await stopped;
    await pause(20);
    t.note(order);
  },
  "a listener that throws is reported and stops nobody": async (t, socket) => {
    const order = [];
    const report = (event) => { order.push(["reported", event.error?.message, event.message]); event.preventDefault(); };
    addEventListener("error", report);
    socket.addEventListener("open", () => { throw new Error("from a listener"); });
    socket.onopen = () => { throw new Error("from a handler"); };
    socket.addEventListener("open", () => order.push("next"));
    await t.next(socket, "open");
    removeEventListener("error", report);
    t.note(order);
  },
  "an event kept is as it was": async (t, socket) => {
    let kept;
    socket.addEventListener("message", (event) => { kept = event; });
    await t.next(socket, "open");
    socket.send("x");
    await t.next(socket, "message");
    await pause(10);
    t.note(kept.type, kept.data, kept.eventPhase, kept.currentTarget, kept.target === socket, kept.composedPath().length);
  },
  "an application's own events": async (t, socket) => {
    const order = [];
    socket.addEventListener("message", (event) => order.push([event.isTrusted, event.data, event.target === socket]));
    socket.onmessage = (event) => { order.push(["handler", event.constructor.name]); };
    t.note(socket.dispatchEvent(new MessageEvent("message", { data: 1 })), socket.dispatchEvent(new Event("message", { cancelable: true })));
    t.note(thrown(() => socket.dispatchEvent({})), order, socket.readyState);
  },
  "what addEventListener takes": async (t, socket) => {
    const order = [];
    const adds = (...args) => t.note(thrown(() => socket.addEventListener(...args)), thrown(() => socket.removeEventListener(...args)));
    for (const args of [[], ["message"], ["message", undefined], ["message", null], ["message", 1], ["message", "x"], ["message", Symbol()], [Symbol(), () => {}]]) adds(...args);
    const listener = () => {};
    for (const options of [null, 1, "x", {}, { signal: null }, { signal: {} }, { signal: undefined }, { once: 1, capture: "" }, Symbol()]) adds("message", listener, options);
    const say = (name) => () => { order.push(name); };
    const gone = AbortSignal.abort();
    socket.addEventListener("message", say("aborted before"), { signal: gone });
    socket.addEventListener({ toString: () => "message" }, say("converted type"));
    socket.addEventListener("message", { get handleEvent() { order.push("looked up"); return say("object"); } });
    socket.addEventListener("message", { handleEvent() { order.push(this.name); }, name: "its own this" });
    const both = say("capture and not");
    socket.addEventListener("message", both);
    socket.addEventListener("message", both, { capture: true });
    socket.removeEventListener("message", both);
    const again = say("once, twice added");
    socket.addEventListener("message", again, { once: true });
    socket.addEventListener("message", again);
    socket.addEventListener("message", () => socket.addEventListener("message", say("added while dispatched")), { once: true });
    socket.addEventListener("Message", say("another case"));
    await t.next(socket, "open");
    for (const text of ["1", "2"]) {
      socket.send(text);
      await t.next(socket, "message");
    }
    t.note(order);
  },
  "a message sent on to another target": async (t, socket) => {
    const other = new EventTarget();
    const seen = [];
    await t.next(socket, "open");
    socket.send("x");
    const event = await t.next(socket, "message");
    // Before that it is still being dispatched.
    await pause(0);
    other.addEventListener("message", (again) => seen.push(again.target === other, again.currentTarget === other, again.data, again.isTrusted));
    other.dispatchEvent(event);
    seen.push(event.target === other, event.srcElement === other, event instanceof MessageEvent, event.constructor === MessageEvent, `${event}`);
    t.note(seen, thrown(() => socket.dispatchEvent(event)), event.target === socket);
    socket.addEventListener("message", (inner) => t.note(thrown(() => other.dispatchEvent(inner)), inner.target === socket));
    socket.send("y");
    await t.next(socket, "message");
  },
  "messages keep their kind": async (t, socket) => {
    const seen = [];
    const kind = (data) => [Object.prototype.toString.call(data), data.size ?? data.byteLength ?? data];
    socket.addEventListener("message", ({ data }) => seen.push(kind(data)));
    await t.next(socket, "open");
    for (const type of ["blob", "arraybuffer", "blob"]) {
      socket.binaryType = type;
      socket.send(new Uint8Array([1, 2, 3]));
      await t.next(socket, "message");
      socket.send("text");
      await t.next(socket, "message");
      socket.send(new Blob(["four"]));
      await t.next(socket, "message");
    }
    t.note(seen);
  },
};

for (const [name, story] of Object.entries(STORY)) {
  both(`events: ${name}`, (t) => story(t, t.open()));
  // The steady class has the same events as the strict one, except that `isTrusted` is false.
  alone(`events of a steady socket: ${name}`, async (t) => {
    await story(t, t.steady());
    const steady = t.notes;
    t.notes = [];
    t.Class = globalThis.WebSocket;
    await story(t, t.open());
    equal(steady, t.notes, "the steady socket's story");
  });
}

// "callback interface … if Type(X) is not callable, throw a TypeError", which is reported. Chromium says nothing.
alone("events of a steady socket: a listener object without a handler is reported", async (t) => {
  const socket = t.steady();
  const seen = [];
  const report = (event) => { seen.push(event.error?.name); event.preventDefault(); };
  addEventListener("error", report);
  socket.addEventListener("message", {});
  socket.addEventListener("message", { handleEvent: 1 });
  await t.next(socket, "open");
  socket.send("x");
  await t.next(socket, "message");
  removeEventListener("error", report);
  equal(seen, ["TypeError", "TypeError"]);
});

if (globalThis.gc) alone("1,000 closed sockets whose listeners shared one signal are collected", async (t) => {
  const { signal } = new AbortController();
  let heard = 0;
  const one = async (connects) => {
    const socket = t.keep(new SteadyWebSocket(connects ? t.url("/echo") : () => new Promise(() => {})));
    for (const type of ["open", "message", "close"]) socket.addEventListener(type, () => heard++, { signal });
    const closed = t.next(socket, "close");
    if (connects) {
      await t.next(socket, "open");
      socket.send("x");
      await t.next(socket, "message");
    }
    socket.close();
    await closed;
    return new WeakRef(socket);
  };
  const refs = [];
  while (refs.length < 1000) refs.push(await one(refs.length % 10 === 0));
  t.sockets.length = 0;
  await collect();
  equal([heard, refs.filter((ref) => ref.deref()).length, signal.aborted], [1200, 0, false]);
});

both("isTrusted, and the class of each event", async (t) => {
  const socket = t.open();
  const seen = t.record(socket);
  await t.next(socket, "open");
  socket.send("x");
  await t.next(socket, "message");
  socket.close();
  await t.next(socket, "close");
  t.note(seen.map((event) => [event.isTrusted, event instanceof Event, event.constructor.name]));
});

both("nothing fires before the constructor returns", async (t) => {
  for (const url of ["ws://127.0.0.1:1/", t.url("/echo")]) {
    const socket = t.keep(new t.Class(url));
    const seen = t.record(socket);
    for (const end = performance.now() + 50; performance.now() < end; );
    t.note(seen.length, socket.readyState);
    await t.next(socket, "open", "error");
    t.note(seen.length);
  }
});

both("readyState is the same at every step", async (t) => {
  // Ends the connection after `open`: otherwise Firefox's own class may omit `open`.
  const ends = ["/close?code=4001&after=1", "/drop?when=before&after=1", "/violate?how=opcode&after=1"];
  for (const path of ["/echo", "/refuse", ...ends]) {
    const socket = t.open(path);
    const seen = [socket.readyState];
    for (const type of ["open", "error", "close"]) socket.addEventListener(type, () => seen.push([type, socket.readyState]));
    const first = await t.next(socket, "open", "error");
    if (path === "/echo") socket.close();
    else if (first.type === "open") socket.send("end");
    seen.push(socket.readyState);
    await t.next(socket, "close");
    await pause(5);
    t.note(path, seen, socket.readyState);
  }
});

alone("drain of a strict socket is seen by those who listen", async (t) => {
  const socket = t.open("/sink?read=slow&rate=20000000");
  await t.next(socket, "open");
  const big = new Uint8Array(4 << 20);
  const drained = t.next(socket, "drain");
  socket.send(big);
  ok(socket.bufferedAmount > 1 << 20, "under pressure");
  const ready = socket.ready();
  await drained;
  await ready;
  ok(socket.bufferedAmount <= 1 << 18, `drained at ${socket.bufferedAmount}`);
  await socket.flushed();
  equal(socket.bufferedAmount, 0);
});

// What the application dispatches itself, as DOM says: to both kinds of listeners, by the platform.
const dispatched = async (t, socket) => {
  const order = [];
  const say = (name) => (event) => {
    event.preventDefault();
    order.push([name, event.defaultPrevented, event.eventPhase, event.target === socket, event.data]);
  };
  socket.addEventListener("message", say("passive"), { passive: true });
  socket.addEventListener("message", say("once"), { once: true });
  socket.addEventListener("message", (event) => { event.returnValue = true; order.push(event.defaultPrevented); });
  socket.onmessage = () => false;
  socket.addEventListener("message", { handleEvent: say("object") });
  EventTarget.prototype.addEventListener.call(socket, "message", say("around us"));
  for (const data of ["first", "second"]) {
    const event = new MessageEvent("message", { data, cancelable: true });
    order.push(socket.dispatchEvent(event), event.defaultPrevented);
  }
  socket.addEventListener("message", (event) => event.stopImmediatePropagation(), true);
  socket.addEventListener("message", say("never"));
  socket.dispatchEvent(new MessageEvent("message", { cancelable: true }));
  t.note(order);
};

both("events: a message that the application dispatches", (t) => dispatched(t, t.open()));
alone("events of a steady socket: a message that the application dispatches", async (t) => {
  await dispatched(t, t.steady());
  const steady = t.notes;
  t.notes = [];
  await dispatched(t, t.open());
  equal(steady, t.notes, "the steady socket's story");
});

// They would need an event of their own for each message: DESIGN.md, "Where the classes depart".
alone("a listener put past addEventListener hears all but what the server sends", async (t) => {
  const socket = t.steady();
  const heard = [];
  for (const type of ["open", "message", "close"]) {
    EventTarget.prototype.addEventListener.call(socket, type, () => heard.push(type));
  }
  await t.next(socket, "open");
  socket.send("x");
  await t.next(socket, "message");
  socket.close();
  await t.next(socket, "close");
  equal(heard, ["open", "close"]);
});
