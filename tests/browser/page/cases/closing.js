// "close(code, reason)".

import { both, departure, thrown } from "../harness.js";

const CODES = [
  undefined, 0, 999, 1000, 1001, 1005, 1006, 1015, 2999, 3000, 3000.4, 2999.4, 4999, 4999.4, 5000, 65535, 65536 + 1000, -1, NaN,
  Infinity, "1000", "3000.0", "x", null, true, {}, [], [3000], { valueOf: () => 3000 }, 1000n, Symbol(),
];
const REASONS = [
  undefined, "", "ok", null, 1, "x".repeat(123), "x".repeat(124), "é".repeat(61), "é".repeat(62), "\ud800".repeat(41), "\ud800".repeat(42),
  "😀".repeat(30), "😀".repeat(31), { toString: () => "object" }, Symbol(),
];

both("which codes close() takes", async (t) => {
  for (const code of CODES) {
    const socket = t.open();
    await t.next(socket, "open");
    const error = thrown(() => socket.close(code));
    t.note(String(code), error, socket.readyState);
    socket.close();
    const event = await t.next(socket, "close");
    t.note(event.code, event.reason, event.wasClean);
  }
});

/** The code that a server which echoes it gives back, or the exception's name. */
async function closes(t, ...args) {
  const socket = t.open();
  await t.next(socket, "open");
  const error = thrown(() => socket.close(...args));
  socket.close();
  const { code } = await t.next(socket, "close");
  return error ?? code;
}

const HALVES = [999.5, 1000.5, 1000.6, 2998.5, 2999.5, 3000.5, 3001.5, 4998.5, 4999.5];
const REFUSED = "DOMException InvalidAccessError";

const CUT = [REFUSED, 1000, 1000, REFUSED, REFUSED, 3000, 3001, 4998, 4999];

// Web IDL, [Clamp]: "Round x to the nearest integer, choosing the even integer if it lies halfway between two".
departure(
  "[Clamp] rounds a code, halves to the even neighbour",
  async (t) => {
    const codes = [];
    for (const half of HALVES) codes.push(await closes(t, half));
    return codes;
  },
  [1000, 1000, REFUSED, REFUSED, 3000, 3000, 3002, 4998, REFUSED],
  { chromium: CUT, webkit: CUT },
);

both("which reasons close() takes", async (t) => {
  for (const reason of REASONS) {
    const socket = t.open("/echo");
    await t.next(socket, "open");
    const error = thrown(() => socket.close(3000, reason));
    t.note(String(reason), error, socket.readyState);
    socket.close();
    const event = await t.next(socket, "close");
    t.note(event.code, event.reason, event.wasClean);
  }
});

// Web IDL: an optional argument that is undefined is not there. "If reason is present, …: if reasonBytes is longer than
// 123 bytes, then throw a "SyntaxError" DOMException."
departure(
  "a reason without a code is measured, and not sent",
  async (t) => {
    const codes = [];
    for (const reason of ["", "why", "x".repeat(123), "x".repeat(124)]) codes.push(await closes(t, undefined, reason));
    return codes;
  },
  [1005, 1005, 1005, "DOMException SyntaxError"],
  { chromium: [REFUSED, REFUSED, REFUSED, REFUSED], webkit: [1005, 1005, 1005, 1005] },
);

both("the arguments are looked at in every state, code first", async (t) => {
  const socket = t.open();
  const bad = () => [
    thrown(() => socket.close(1001, "x".repeat(124))), thrown(() => socket.close(1000, "x".repeat(124))), thrown(() => socket.close(1001)),
    thrown(() => socket.close(Symbol(), Symbol())), socket.readyState,
  ];
  t.note(bad());
  await t.next(socket, "open");
  t.note(bad());
  socket.close();
  t.note(bad());
  await t.next(socket, "close");
  t.note(bad(), socket.close(), socket.close(3000, "late"), socket.readyState);
});

both("close() while CONNECTING fails the connection", async (t) => {
  const socket = t.open("/echo?delay_ms=300");
  const seen = t.record(socket);
  t.note(socket.close(3000, "never mind"), socket.readyState);
  t.note(thrown(() => socket.send("x")), socket.bufferedAmount);
  const { code, reason, wasClean } = await t.next(socket, "close");
  t.note(code, reason, wasClean, seen.map(({ type }) => type), socket.readyState);
}, { webkit: "it adds the frame's overhead to bufferedAmount once closing" });

both("close() twice, and in every handler", async (t) => {
  const socket = t.open("/echo");
  const seen = t.record(socket);
  socket.onopen = () => { socket.close(3001, "first"); socket.close(3002, "second"); };
  socket.onclose = () => socket.close(3003);
  const { code, reason } = await t.next(socket, "close");
  t.note(code, reason, seen.map(({ type }) => type));
});

both("the peer's close: its code, its reason", async (t) => {
  for (const query of ["code=1000", "code=4321&reason=%C3%A9t%C3%A9", "code=none", "code=1001", "code=1011&reason=oops", "code=1005"]) {
    const socket = t.open(`/close?${query}`);
    const seen = t.record(socket);
    const { code, reason, wasClean } = await t.next(socket, "close");
    t.note(query, code, reason, wasClean, seen.map(({ type }) => type));
  }
});

both("messages that were sent before close() arrive", async (t) => {
  const socket = t.open("/sink");
  await t.next(socket, "open");
  for (let i = 0; i < 100; i++) socket.send(`${i}`);
  socket.close();
  await t.next(socket, "close");
  t.note(await t.heard("messages=100"));
});

both("messages that arrive after close() are not told", async (t) => {
  const socket = t.open("/flood?n=0&size=1000&rate=2000");
  await t.next(socket, "message");
  let after = 0;
  socket.close();
  socket.addEventListener("message", () => after++);
  await t.next(socket, "close");
  t.note(after, socket.readyState);
});
