// socket.io-client uses the global class at the time its module is loaded.

import { io } from "socket.io-client";
import { equal, numbers, pattern, until } from "../page/check.js";

/** A connected socket, and what it hears. */
async function open(t) {
  const socket = io(t.url.replace("ws", "http"), {
    transports: ["websocket"],
    forceNew: true,
    reconnectionDelay: 100,
    reconnectionDelayMax: 300,
  });
  const seen = { got: [], connected: 0, reasons: [] };
  socket.on("connect", () => seen.connected++);
  socket.on("disconnect", (reason) => seen.reasons.push(reason));
  socket.on("said", (value) => seen.got.push(value));
  t.after(() => socket.disconnect());
  await until(() => seen.connected === 1);
  return { socket, seen };
}

const all = {
  async "connects with the class in the global's place, and is answered"(t) {
    equal(globalThis.WebSocket === t.Class, true, "the global being ours");
    const { socket } = await open(t);
    equal(socket.io.engine.transport.ws instanceof t.Class, true, "its socket being ours");
    equal(await socket.emitWithAck("echo", { text: "grüße €" }), { text: "grüße €" });
  },

  async "3,000 messages in order"(t) {
    const { socket, seen } = await open(t);
    for (const n of numbers(3000)) socket.emit("say", n);
    await until(() => seen.got.length === 3000);
    equal(seen.got, numbers(3000));
  },

  async "bytes"(t) {
    const { socket } = await open(t);
    const { deep } = await socket.emitWithAck("echo", { deep: pattern(100_000) });
    equal(deep, pattern(100_000));
  },

  async "the server disconnects it: told, and not tried again"(t) {
    const { socket, seen } = await open(t);
    await t.ask("disconnect");
    await until(() => seen.reasons.length);
    equal([seen.reasons, socket.active], [["io server disconnect"], false]);
  },

  async "ends clean"(t) {
    await t.ask("fresh");
    const { socket, seen } = await open(t);
    const { ws } = socket.io.engine.transport;
    socket.disconnect();
    let heard = [];
    await until(async () => (heard = await t.ask("ends")).length);
    equal([heard, seen.reasons], [["client namespace disconnect"], ["io client disconnect"]]);
    await until(() => ws.readyState === 3);
  },
};

/** A steady socket would outlive these, and the client not know that it has to begin anew. */
const ending = {
  async "the WebSocket is closed beneath it: it is back"(t) {
    const { socket, seen } = await open(t);
    await t.ask("drop");
    await until(() => seen.connected === 2);
    equal(seen.reasons, ["transport close"]);
    equal(await socket.emitWithAck("echo", 1), 1);
  },

  async "the server is killed and comes back: what is said meanwhile arrives, in order"(t) {
    const { socket, seen } = await open(t);
    await t.ask("kill");
    await until(() => !socket.connected);
    for (const n of numbers(20)) socket.emit("say", n);
    await t.ask("start");
    await until(() => seen.got.length >= 20);
    equal(seen.got, numbers(20));
    equal(seen.connected, 2);
  },
};

export const cases = (kind) => (kind === "steady" ? all : { ...all, ...ending });
