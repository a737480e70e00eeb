// The same conversation with every server. README.md explains the words with `!`.

import { equal, next, numbers, pattern, until } from "../page/check.js";
import { LARGE } from "./dialect.mjs";
import { cases as withSession } from "./session.page.js";

async function open(t, protocols = []) {
  const socket = new t.Class(t.url, protocols);
  socket.binaryType = "arraybuffer";
  const got = [];
  socket.addEventListener("message", ({ data }) => got.push(data));
  t.after(() => socket.close());
  await next(socket, "open");
  return { socket, got };
}

/** How a connection ended: a steady socket tries again after some codes, and its application sees them all the same. */
async function end(socket) {
  const { code, reason, wasClean } = await Promise.race([next(socket, "close"), next(socket, "reconnecting")]);
  return [code, reason, wasClean];
}

async function echo(t, values) {
  const { socket, got } = await open(t);
  for (const value of values) socket.send(value);
  await until(() => got.length === values.length);
  return got.map((value) => (typeof value === "string" ? value : new Uint8Array(value)));
}

/** Waits until the server has seen this end of a connection. */
async function heard(t, wanted) {
  const { socket, got } = await open(t);
  await until(() => {
    socket.send("!last");
    return got.includes(wanted);
  }, `that the server heard ${wanted}`);
}

const TEXTS = ["", "plain", "grüße €", "𝄞 and 👩‍👩‍👧‍👦", "\u0000", "x".repeat(125), "x".repeat(126), "€".repeat(22_000)];
const BYTES = [0, 1, 125, 126, 256, 65_535, 65_536, 1 << 20].map(pattern);

export const cases = (kind) => ({
  ...(kind === "session" && withSession()),

  async "texts, from none to 64 KiB, in every script"(t) {
    equal(await echo(t, TEXTS), TEXTS);
  },

  async "a text of 1 MiB"(t) {
    const text = "0123456789abcdef".repeat(1 << 16);
    equal((await echo(t, [text]))[0] === text, true);
  },

  async "bytes, from none to 1 MiB"(t) {
    equal(await echo(t, BYTES), BYTES);
  },

  async "a Blob, and to a Blob"(t) {
    const { socket, got } = await open(t);
    socket.binaryType = "blob";
    socket.send(new Blob([pattern(1000)]));
    await until(() => got.length);
    equal(new Uint8Array(await got[0].arrayBuffer()), pattern(1000));
  },

  async "1 MiB that the server sends in fragments"(t) {
    const { socket, got } = await open(t);
    socket.send("!large");
    await until(() => got.length);
    equal(new Uint8Array(got[0]), LARGE);
  },

  async "2,000 messages there and back, and 2,000 from the server, in order"(t) {
    const { socket, got } = await open(t);
    for (const n of numbers(2000)) socket.send(String(n));
    await until(() => got.length === 2000);
    socket.send("!flood 2000");
    await until(() => got.length === 4000);
    equal(got, [...numbers(2000), ...numbers(2000)].map(String));
  },

  async "the sub-protocol that the server knows, of several; and none"(t) {
    equal((await open(t, ["other", "interop"])).socket.protocol, "interop");
    equal((await open(t)).socket.protocol, "");
  },

  async "a ping of the server's is answered, and not seen"(t) {
    const { socket, got } = await open(t);
    socket.send("!ping");
    await until(() => got.length);
    equal(got, ["pong"]);
  },

  async "the server closes, with code and reason"(t) {
    for (const [code, reason] of [[1000, ""], [1001, "away"], [3000, "grüße €"], [4400, "enough"]]) {
      const { socket } = await open(t);
      socket.send(`!close ${code} ${reason}`.trim());
      equal(await end(socket), [code, reason, true]);
    }
  },

  async "the server closes without a code"(t) {
    const { socket } = await open(t);
    socket.send("!close");
    equal(await end(socket), [1005, "", true]);
  },

  async "we close, with code and reason"(t) {
    for (const [code, reason] of [[1000, "done"], [3001, "grüße €"], [4999, ""]]) {
      const { socket } = await open(t);
      socket.close(code, reason);
      equal(await end(socket), [code, reason, true]);
      await heard(t, `${code} ${reason}`);
    }
  },

  async "we close without a code"(t) {
    const { socket } = await open(t);
    socket.close();
    equal(await end(socket), [t.about.answersNone ?? 1005, "", true]);
  },
});
