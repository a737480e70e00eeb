// "send(data)" and "bufferedAmount".

import { Native, alone, both, departure, equal, pause, thrown } from "../harness.js";

const DATA = () => {
  const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const detached = new Uint8Array(8);
  const detachedView = new DataView(detached.buffer, 2);
  structuredClone(detached.buffer, { transfer: [detached.buffer] });
  // Its class is hidden from pages that are not isolated.
  const shared = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer;
  const claims = (value) => Object.defineProperty(new ArrayBuffer(4), "resizable", { value, configurable: true });
  return {
    text: "hello", empty: "", "lone surrogates": "a\ud800b\udc00c", "two, three, four bytes": "é€😀", long: "é😀x€".repeat(5000),
    "lone, long": "\ud800x".repeat(300), "pair at the end": `${"x".repeat(200)}😀`, number: 12, null: null, undefined: undefined,
    object: {}, list: [1, [2, 3]], boolean: false, function: Math.max, date: new Date(0), "string object": new String("é"),
    buffer: bytes.buffer, view: bytes, "view with offset": bytes.subarray(3, 7), "16 bits": new Uint16Array(bytes.buffer, 2, 3),
    "data view": new DataView(bytes.buffer, 1, 5), "empty buffer": new ArrayBuffer(0), blob: new Blob(["é", bytes]), "empty blob": new Blob([]),
    file: new File(["abc"], "x"), detached: detached, "detached buffer": detached.buffer, "detached data view": detachedView,
    shared: shared, "shared view": new Uint8Array(shared, 0, 4), "shared data view": new DataView(shared, 0, 4),
    "resizable by its own word": claims(true), "view of one resizable by its own word": new Uint8Array(claims(true)),
    "length of its own": Object.defineProperty(new Uint8Array(4), "byteLength", { value: 1000 }),
    symbol: Symbol(), thrower: { toString() { throw new RangeError(); } }, "no string": Object.create(null),
    ...("resizable" in ArrayBuffer.prototype && {
      resizable: new ArrayBuffer(4, { maxByteLength: 8 }), "resizable view": new Uint8Array(new ArrayBuffer(4, { maxByteLength: 8 })),
      "resizable against its own word": Object.defineProperty(new ArrayBuffer(4, { maxByteLength: 8 }), "resizable", { value: false }),
    }),
  };
};

both("send while CONNECTING", (t) => {
  const socket = t.open();
  for (const [name, data] of Object.entries(DATA())) t.note(name, thrown(() => socket.send(data)), socket.bufferedAmount);
  t.note(thrown(() => socket.send()));
});

for (const [name] of Object.entries(DATA())) {
  both(`send while OPEN: ${name}`, async (t) => {
    const socket = t.open("/echo");
    socket.binaryType = "arraybuffer";
    await t.next(socket, "open");
    t.note(thrown(() => t.note(typeof socket.send(DATA()[name]))), socket.bufferedAmount);
    socket.send("end");
    const seen = [];
    for (let data; data !== "end"; seen.push(typeof data === "string" ? data.slice(0, 50) : [...new Uint8Array(data)])) {
      ({ data } = await t.next(socket, "message"));
    }
    t.note(seen, socket.bufferedAmount);
  });
}

alone("a steady socket sends what the native one sends", async (t) => {
  const story = async (socket) => {
    socket.binaryType = "arraybuffer";
    await t.next(socket, "open");
    const told = {};
    for (const [name, data] of Object.entries(DATA())) told[name] = [thrown(() => socket.send(data))];
    const over = t.next(socket, "close");
    let seen = 0;
    const names = Object.keys(told).filter((name) => !told[name][0]);
    socket.addEventListener("message", ({ data }) => {
      told[names[seen++]].push(typeof data === "string" ? data.slice(0, 50) : [...new Uint8Array(data)]);
      if (seen === names.length) socket.close();
    });
    await over;
    return told;
  };
  equal(await story(t.steady()), await story(t.keep(new Native(t.url("/echo")))), "the steady socket's story");
});

alone("a steady socket copies what it sends without running anybody's code", async (t) => {
  const socket = t.steady();
  let ran = 0;
  const watched = (object) => Object.defineProperty(object, "constructor", { get() { ran++; return { [Symbol.species]: Array }; } });
  const bytes = watched(new Uint8Array(watched(new Uint8Array([1, 2, 3]).buffer), 1));
  socket.send(bytes);
  socket.send(bytes.buffer);
  bytes.fill(9);
  socket.binaryType = "arraybuffer";
  const seen = [];
  await t.next(socket, "open");
  while (seen.length < 2) seen.push([...new Uint8Array((await t.next(socket, "message")).data)]);
  equal([seen, ran], [[[2, 3], [1, 2, 3]], 0]);
});

const reentrant = async (t, socket) => {
  await t.next(socket, "open");
  socket.binaryType = "arraybuffer";
  const seen = [];
  socket.addEventListener("message", ({ data }) => seen.push(typeof data === "string" ? data : data.byteLength));
  for (const inner of [new Uint8Array(5), "inner", new Blob(["blob"])]) {
    socket.send({ toString() { socket.send(inner); return "outer"; } });
    t.note(socket.bufferedAmount);
    for (const end = seen.length + 2; seen.length < end; ) await t.next(socket, "message");
  }
  t.note(seen);
};

both("a conversion to a string that sends", (t) => reentrant(t, t.open()));
alone("a conversion to a string that sends, on a steady socket", async (t) => {
  await reentrant(t, t.steady());
  const steady = t.notes;
  t.notes = [];
  await reentrant(t, t.keep(new Native(t.url("/echo"))));
  equal(steady, t.notes, "the steady socket's story");
});

both("send while CLOSING and CLOSED counts, and sends nothing", async (t) => {
  const socket = t.open();
  await t.next(socket, "open");
  socket.send("before");
  socket.close();
  const before = socket.bufferedAmount;
  for (const [name, data] of Object.entries(DATA())) t.note(name, thrown(() => socket.send(data)), socket.bufferedAmount - before);
  t.note(thrown(() => socket.send()));
  await t.next(socket, "close");
  const closed = socket.bufferedAmount;
  t.note(closed);
  for (const [name, data] of Object.entries(DATA())) t.note(name, thrown(() => socket.send(data)), socket.bufferedAmount - closed);
  await pause(20);
  t.note(socket.bufferedAmount, await t.heard("ended=1"));
}, { webkit: "it adds the frame's overhead to bufferedAmount once closing" });

// "bufferedAmount": "This does not include framing overhead incurred by the protocol".
departure(
  "bufferedAmount counts no frames once the socket closes",
  async (t) => {
    const socket = t.open();
    await t.next(socket, "open");
    const before = socket.bufferedAmount;
    socket.close();
    const grown = ["", "abc", new Uint8Array(200)].map((data) => (socket.send(data), socket.bufferedAmount - before));
    await t.next(socket, "close");
    return grown;
  },
  [0, 3, 203],
  { webkit: [6, 15, 223] },
);

both("send after the peer has begun to close, or has gone", async (t) => {
  for (const path of ["/close?code=4000&after_ms=20", "/accept-drop"]) {
    const socket = t.open(path);
    await t.next(socket, "close");
    socket.send("xyz");
    t.note(path, socket.bufferedAmount, socket.readyState);
  }
}, { webkit: "it adds the frame's overhead to bufferedAmount once closing" });

both("bufferedAmount counts within a task, and falls after it", async (t) => {
  const socket = t.open("/sink");
  await t.next(socket, "open");
  for (const part of ["é", new Uint8Array(5), new Blob(["123"])]) {
    socket.send(part);
    t.note(socket.bufferedAmount);
  }
  for (let tries = 0; socket.bufferedAmount && tries < 200; tries++) await pause(5);
  t.note(socket.bufferedAmount);
});

both("bufferedAmount keeps what never left", async (t) => {
  const socket = t.open("/sink?read=stop&buffer=4096");
  await t.next(socket, "open");
  for (let i = 0; i < 40; i++) socket.send(new Uint8Array(1 << 20));
  await pause(200);
  const closed = t.next(socket, "close");
  await t.control("POST", "/kill");
  await closed;
  const left = socket.bufferedAmount;
  socket.send("abc");
  t.note(left > 0, socket.bufferedAmount - left, socket.readyState);
}, { webkit: "it adds the frame's overhead to bufferedAmount once closing" });

both("text, views and blobs arrive in the order of the calls", async (t) => {
  const socket = t.open("/echo");
  socket.binaryType = "arraybuffer";
  await t.next(socket, "open");
  const seen = [];
  socket.addEventListener("message", ({ data }) => seen.push(typeof data === "string" ? data : new Uint8Array(data)[0]));
  for (let i = 0; i < 30; i += 3) {
    socket.send(new Blob([new Uint8Array([i])]));
    socket.send(`${i + 1}`);
    socket.send(new Uint8Array([i + 2]));
  }
  while (seen.length < 30) await t.next(socket, "message");
  t.note(seen);
  equal(seen.map(Number), Array.from({ length: 30 }, (_, i) => i), "the order");
});

both("a buffer may be changed as soon as send returns", async (t) => {
  const socket = t.open("/echo");
  socket.binaryType = "arraybuffer";
  await t.next(socket, "open");
  const bytes = new Uint8Array([1, 2, 3]);
  socket.send(bytes);
  bytes.fill(9);
  const { data } = await t.next(socket, "message");
  t.note([...new Uint8Array(data)]);
});
