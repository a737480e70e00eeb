// `readable` and `writable`.

import { steadyOverFake } from "../fake.js";
import { alone, equal, ok, pause } from "../harness.js";

alone("streams: what is read and written, with pressure", async (t) => {
  const socket = t.steady("/echo", { highWaterMark: 1000, lowWaterMark: 100 });
  const writer = socket.writable.getWriter();
  const reader = socket.readable.getReader();
  equal(socket.readable === socket.readable, true);
  for (let i = 0; i < 20; i++) {
    await writer.ready;
    writer.write(`${i} ${"x".repeat(200)}`);
    // A full queue and one message at most.
    ok(socket.bufferedAmount <= 1000 + 2 * 203, `buffered ${socket.bufferedAmount}`);
  }
  for (let i = 0; i < 20; i++) equal((await reader.read()).value.split(" ")[0], `${i}`);
  await writer.close();
  equal((await reader.read()).done, true);
  equal(socket.readyState >= 2, true);
});

/** Waits until so many messages have arrived, read or not. */
async function arrived(t, socket, count) {
  while (socket.stats().receivedMessages < count) await t.next(socket, "message", "close");
}

const read = async (reader) => {
  const seen = [];
  for (;;) {
    const { value, done } = await reader.read().catch((cause) => ({ value: cause.name, done: true }));
    if (value !== undefined) seen.push(typeof value === "string" ? value.trim() : value.byteLength);
    if (done) return seen;
  }
};

alone("readable gives what arrived before a clean close, then ends", async (t) => {
  const socket = t.steady("/flood?n=5&size=2&then=close");
  const { readable } = socket;
  await t.next(socket, "close");
  equal(await read(readable.getReader()), ["0", "1", "2", "3", "4"]);
});

alone("readable gives what arrived before an unclean close, then errs", async (t) => {
  const socket = t.steady("/flood?n=3&size=2");
  const { readable } = socket;
  await arrived(t, socket, 3);
  socket.terminate();
  equal(await read(readable.getReader()), ["0", "1", "2", "NetworkError"]);
});

for (const [overflow, expected, dropped] of [["drop-oldest", ["7", "8", "9"], 7], ["drop-newest", ["0", "1", "2"], 7]]) {
  for (const inbound of [{ overflow, maxCount: 3 }, { overflow, maxBytes: 7 }]) {
    alone(`readable keeps within ${JSON.stringify(inbound)}, and counts what it drops`, async (t) => {
      const socket = t.steady("/flood?n=10&size=2&then=close", { inbound });
      const { readable } = socket;
      await t.next(socket, "close");
      equal(await read(readable.getReader()), expected);
      equal(socket.stats().dropped, dropped);
    });
  }
}

alone("what alone is too much for a readable makes nothing else give way", async (t) => {
  const socket = t.steady("/echo", { inbound: { overflow: "drop-oldest", maxBytes: 3 } });
  const { readable } = socket;
  for (const text of ["1", "2222", "3"]) socket.send(text);
  await arrived(t, socket, 3);
  socket.close();
  equal(await read(readable.getReader()), ["1", "3"]);
  equal(socket.stats().dropped, 1);
});

alone("a readable that nobody reads closes the socket, unless told otherwise", async (t) => {
  const socket = t.steady("/flood?n=1000&size=2", { inbound: { maxCount: 3 } });
  const { readable } = socket;
  const { code, wasClean } = await t.next(socket, "close");
  equal([code, wasClean], [4009, true]);
  equal(await read(readable.getReader()), ["0", "1", "2", "QuotaExceededError"]);
  ok(socket.stats().dropped > 0, "what did not fit is counted");
});

alone("a readable that is read drops nothing, however little may wait", async (t) => {
  const socket = t.steady("/echo", { inbound: { maxCount: 1 } });
  const reader = socket.readable.getReader();
  await t.next(socket, "open");
  for (let i = 0; i < 200; i++) {
    const next = reader.read();
    socket.send(`${i}`);
    equal((await next).value, `${i}`);
  }
  equal(socket.stats().dropped, 0);
});

alone("a readable that is cancelled closes the socket and keeps nothing", async (t) => {
  const socket = t.steady("/flood?n=0&size=10&rate=1000");
  const reader = socket.readable.getReader();
  await reader.read();
  reader.cancel();
  equal((await t.next(socket, "close")).wasClean, true);
  equal((await reader.read()).done, true);
});

alone("writable alone collects nothing: what arrives is for the listeners", async (t) => {
  const { socket, natives, seen } = await steadyOverFake(t, { inbound: { maxCount: 3 } });
  equal(socket.writable === socket.writable, true);
  natives[0].open();
  for (let i = 0; i < 10; i++) natives[0].message(`${i}`);
  equal([seen.filter((type) => type === "message").length, socket.readyState, socket.stats().dropped], [10, 1, 0]);
  // From its first use on, and not before.
  const reader = socket.readable.getReader();
  natives[0].message("10");
  equal((await reader.read()).value, "10");
});

alone("a readable first asked for after the end ends, or errs, at once", async (t) => {
  for (const [how, expected] of [[[1000, true], []], [[1008, false], ["NetworkError"]]]) {
    const { socket, natives } = await steadyOverFake(t);
    natives[0].open();
    natives[0].end(...how);
    equal(socket.readyState, 3);
    equal(await read(socket.readable.getReader()), expected);
  }
});

alone("a listener keeps neither messages nor the end from readable", async (t) => {
  for (const [how, expected] of [[[1000, true], ["x"]], [[1008, false], ["x", "NetworkError"]]]) {
    const { socket, natives } = await steadyOverFake(t);
    for (const type of ["message", "close"]) {
      socket.addEventListener(type, (event) => event.stopImmediatePropagation(), true);
    }
    const { readable } = socket;
    natives[0].open();
    natives[0].message("x");
    natives[0].end(...how);
    equal(await read(readable.getReader()), expected);
  }
});

alone("the message that is too much for readable is told, and then the socket closes", async (t) => {
  const { socket, natives } = await steadyOverFake(t, { inbound: { maxCount: 1 } });
  const told = [];
  socket.addEventListener("message", ({ data }) => told.push([data, socket.readyState]));
  const { readable } = socket;
  natives[0].open();
  for (const data of ["0", "1", "2"]) natives[0].message(data);
  equal(told, [["0", 1], ["1", 1]]);
  natives[0].end(4009, true);
  equal(await read(readable.getReader()), ["0", "QuotaExceededError"]);
});

alone("a message whose listener ends the socket is still in readable", async (t) => {
  const { socket, natives } = await steadyOverFake(t);
  const { readable } = socket;
  socket.addEventListener("message", () => socket.terminate());
  natives[0].open();
  natives[0].message("x");
  equal(await read(readable.getReader()), ["x", "NetworkError"]);
});

alone("what is piped to a socket that ends fails, and what is piped from it ends", async (t) => {
  const { socket, natives } = await steadyOverFake(t);
  const chunks = new ReadableStream({ start(to) { to.enqueue("1"); to.enqueue("2"); to.close(); } });
  const piped = chunks.pipeTo(socket.writable).then(() => "resolved", ({ name }) => name);
  natives[0].open();
  await pause(5);
  equal(natives[0].sent, ["1", "2"]);
  natives[0].buffered = 1;
  socket.terminate();
  equal(await piped, "NetworkError");
});
