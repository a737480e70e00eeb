// The server of the subject `socket.io`: connection state recovery, over Redis. It sends and accounts as the session
// server does (`server`), and ends when standard input does.
//
//   node tests/faults/socket-io.mjs REDIS_PORT

import { createAdapter } from "@socket.io/redis-streams-adapter";
import { once } from "node:events";
import { createServer } from "node:http";
import { createClient } from "redis";
import { Server } from "socket.io";
import { Chance } from "./page/chance.js";
import { fnv, hex } from "./page/messages.js";

/** From so many on there are few more. */
const MOST_MESSAGES = 300;
/** With so many bytes that the client has not received, the sender waits, as that of a session does; not longer than this. */
const MOST_WAITING = 1 << 20;
const WAIT = 500;
const FILLERS = ["x", "ä", "漢", "🦀"];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const redis = createClient({ url: `redis://127.0.0.1:${process.argv[2]}` });
await redis.connect();
const http = createServer(answer);
const io = new Server(http, {
  adapter: createAdapter(redis),
  connectionStateRecovery: {},
  // For dead connections; the other subjects have heartbeats where a fault needs them.
  pingInterval: 1_000,
  pingTimeout: 2_000,
  // The default is below the largest message.
  maxHttpBufferSize: 2_000_000,
});
/** The accounts of all runs, by their ids. */
const accounts = new Map();

function entry(data) {
  const bytes = Buffer.from(data);
  const isText = typeof data === "string";
  return { kind: isText ? "text" : "binary", length: bytes.length, text: isText ? data.slice(0, 20) : "", hash: hex(fnv(bytes)) };
}

function make(number, chance, large) {
  const sizes = [[0, 100], [0, 100], [100, 5_000], [5_000, 70_000]];
  const size = chance.between(...(large && chance.in(0.5) ? [200_000, 1_000_000] : chance.one(sizes)));
  if (chance.in(0.6)) {
    const filler = chance.one(FILLERS);
    return `${number} ${filler.repeat(Math.ceil(size / Buffer.byteLength(filler)))}`;
  }
  const data = Buffer.alloc(Math.max(size, 4), number);
  data.writeUInt32BE(number);
  return data;
}

/** Sends to everybody in the run's room, whether or not somebody is connected. */
async function send(id, large) {
  const account = accounts.get(id);
  const chance = new Chance(id);
  while (account.sending) {
    const many = account.sent.length >= MOST_MESSAGES;
    for (let burst = many ? 1 : chance.between(1, 5); burst > 0; burst--) {
      const message = make(account.sent.length, chance, large);
      // `alone`: there is no connection to write it to.
      account.sent.push({ ...entry(message), alone: !io.of("/").adapter.rooms.has(id) });
      io.to(id).emit("m", account.sent.length - 1, message);
      account.waiting += message.length;
      for (let waited = 0; account.waiting > MOST_WAITING && waited < WAIT; waited += 10) await pause(10);
      account.waiting = Math.min(account.waiting, MOST_WAITING);
    }
    await pause(many ? 200 : chance.between(1, 12));
  }
}

io.on("connection", (socket) => {
  const { id, large } = socket.handshake.query;
  if (!accounts.has(id)) accounts.set(id, { sessions: 0, sending: false, waiting: 0, received: [], sent: [], ends: [], fates: [] });
  socket.join(id);
  // Socket.IO has no back-pressure, so the application has some.
  socket.on("received", (length) => {
    if (accounts.has(id)) accounts.get(id).waiting -= length;
  });
  socket.on("m", (number, data) => {
    const account = accounts.get(id);
    if (!account) return;
    account.received.push(entry(data));
    if (account.received.length > 1) return;
    account.sending = true;
    send(id, large === "true");
  });
});

const requests = {
  "/account": (id, brief) => {
    const { received, sent, ...account } = accounts.get(id) ?? { received: [], sent: [], ends: [] };
    return { ...account, received: brief ? received.length : received, sent: brief ? sent.length : sent };
  },
  "/stop": (id) => {
    if (accounts.has(id)) accounts.get(id).sending = false;
    return {};
  },
  "/forget": (id) => {
    accounts.delete(id);
    return {};
  },
};

function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, "http://server");
  // Socket.IO answers its own.
  if (!requests[pathname]) return;
  response.writeHead(200, { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" });
  response.end(JSON.stringify(requests[pathname](searchParams.get("id"), searchParams.has("brief"))));
}

http.listen(0, "127.0.0.1");
await once(http, "listening");
console.log(JSON.stringify({ port: http.address().port }));
process.stdin.on("end", () => process.exit()).resume();
