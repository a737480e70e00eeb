// Through nginx: what it forwards, what it does not, and what it does itself.

import { equal, next, numbers, pattern, pause, until } from "../page/check.js";

const QUICK = { backoff: { first: 50, ceiling: 300 } };

/** A connection that the fault server's log knows by its tag. */
function open(t, path, ...rest) {
  const id = crypto.randomUUID();
  const socket = new t.Class(`${t.url}${path}${path.includes("?") ? "&" : "?"}id=${id}`, ...rest);
  socket.binaryType = "arraybuffer";
  const seen = { got: [], opened: 0, story: [] };
  socket.addEventListener("open", () => seen.opened++);
  socket.addEventListener("message", ({ data }) => seen.got.push(data));
  for (const type of ["error", "close", "reconnecting"]) {
    socket.addEventListener(type, ({ code }) => seen.story.push(code ? `${type} ${code}` : type));
  }
  t.after(() => socket.close());
  return { socket, seen, id };
}

async function control(t, method, path) {
  const answer = await fetch(`${t.about.control}${path}`, { method });
  return answer.json();
}

/** Every text that reached the backend, whichever connection brought it. */
async function arrived(t, id, count) {
  const { connections } = await control(t, "GET", `/log?id=${id}&messages=${count}`);
  return connections.flatMap(({ received }) => received.filter(({ kind }) => kind === "text").map(({ text }) => text));
}

const backend = {
  async stop(t) {
    await control(t, "POST", "/stop-listening?kill");
    t.after(() => backend.start(t));
  },
  start: (t) => control(t, "POST", "/start-listening"),
};

/** Whatever ends nginx or the backend, the next case finds both. */
const restored = (t) => t.after(() => t.ask("start"));

const all = {
  async "texts and bytes, small and large, many and in order"(t) {
    const { socket, seen } = open(t, "/echo");
    await next(socket, "open");
    for (const n of numbers(2000)) socket.send(String(n));
    socket.send(pattern(1 << 20));
    socket.send("");
    await until(() => seen.got.length === 2002);
    equal(seen.got.slice(0, 2000), numbers(2000).map(String));
    equal(new Uint8Array(seen.got[2000]), pattern(1 << 20));
    equal(seen.got[2001], "");
  },

  async "the sub-protocol, and the server's code and reason"(t) {
    const { socket, seen } = open(t, "/close?code=4400&reason=enough&protocol=b", ["a", "b"]);
    await next(socket, "open");
    equal(socket.protocol, "b");
    const { code, reason, wasClean } = await next(socket, "close");
    equal([code, reason, wasClean, seen.story], [4400, "enough", true, ["close 4400"]]);
  },

  async "our code and reason reach the backend"(t) {
    const { socket, id } = open(t, "/echo");
    await next(socket, "open");
    socket.close(3001, "enough");
    const { code, wasClean } = await next(socket, "close");
    equal([code, wasClean], [3001, true]);
    const { connections } = await control(t, "GET", `/log?id=${id}&ended=1`);
    const { how, by, code: heard, reason } = connections[0].end;
    equal([how, by, heard, reason], ["closed", "client", 3001, "enough"]);
  },
};

const plain = {
  async "idle, nginx ends it: 1006"(t) {
    const { socket, seen } = open(t, "/hasty/echo");
    const { code, wasClean } = await next(socket, "close");
    equal([code, wasClean, seen.opened, seen.story], [1006, false, 1, ["close 1006"]]);
  },

  async "no backend is a 502: a handshake that failed"(t) {
    await backend.stop(t);
    equal((await fetch(t.url.replace("ws", "http"))).status, 502);
    const { socket, seen } = open(t, "/echo");
    const { wasClean } = await next(socket, "close");
    equal([wasClean, seen.opened, seen.story], [false, 0, ["error", "close 1006"]]);
  },

  async "nginx stops: 1006"(t) {
    const { socket, seen } = open(t, "/echo");
    await next(socket, "open");
    restored(t);
    await t.ask("kill", { name: "SIGTERM" });
    await until(() => seen.story.length);
    equal(seen.story, ["close 1006"]);
  },

  async "nginx reads its configuration again: 1006 when the old worker goes"(t) {
    const { socket, seen } = open(t, "/echo");
    await next(socket, "open");
    await t.ask("signal", { name: "SIGHUP" });
    await until(() => seen.story.length);
    equal(seen.story, ["close 1006"]);
  },
};

/** Twenty before, twenty during, twenty after: the backend hears each once, in order. */
async function outlives(t, during) {
  const { socket, seen, id } = open(t, "/echo", [], QUICK);
  const say = (from) => numbers(20).forEach((n) => socket.send(String(from + n)));
  say(0);
  await until(() => seen.got.length === 20);
  await during(() => until(() => seen.story.length, "that the connection was lost"), () => say(20));
  await until(() => seen.got.length >= 40);
  say(40);
  await until(() => seen.got.length >= 60);
  equal(seen.got, numbers(60).map(String));
  equal(await arrived(t, id, 60), numbers(60).map(String), "what the backend heard");
  equal([seen.story[0], seen.story.at(-1)], ["reconnecting 1006", "reconnecting 1006"]);
}

const steady = {
  async "idle, nginx ends it: what is said next arrives"(t) {
    const { socket, seen, id } = open(t, "/hasty/echo", [], QUICK);
    await until(() => seen.opened === 2);
    socket.send("still here");
    await until(() => seen.got.length);
    equal([seen.got, await arrived(t, id, 1)], [["still here"], ["still here"]]);
    equal(seen.story[0], "reconnecting 1006");
  },

  async "a heartbeat keeps nginx from ending it"(t) {
    const heartbeat = { interval: 300, timeout: 20_000, message: "ping", isReply: (data) => data === "ping" };
    const { socket, seen } = open(t, "/hasty/echo", [], { heartbeat });
    await next(socket, "open");
    await pause(t.about.hasty * 1.5);
    equal([seen, socket.stats().connections], [{ got: [], opened: 1, story: [] }, 1]);
  },

  "the backend dies, nginx says 502, and it comes back: the queue arrives once, in order": (t) =>
    outlives(t, async (lost, say) => {
      await backend.stop(t);
      await lost();
      say();
      // At least one attempt is answered by nginx alone.
      await pause(500);
      await backend.start(t);
    }),

  "nginx stops and comes back: the queue arrives once, in order": (t) =>
    outlives(t, async (lost, say) => {
      restored(t);
      await t.ask("kill", { name: "SIGTERM" });
      await lost();
      say();
      await t.ask("start");
    }),

  "nginx reads its configuration again: the queue arrives once, in order": (t) =>
    outlives(t, async (lost, say) => {
      await t.ask("signal", { name: "SIGHUP" });
      await lost();
      say();
    }),
};

export const cases = (kind) => ({ ...all, ...(kind === "steady" ? steady : plain) });
