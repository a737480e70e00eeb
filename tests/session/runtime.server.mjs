// A server with sessions and its client in one process: the connection is cut once, and what happened is printed.

import { createRequire } from "node:module";
import { once } from "node:events";
import { SteadyWebSocket } from "../../pkg/session.js";
import { SessionServer } from "../../pkg/server.js";

const { WebSocketServer } = createRequire(new URL("../peers/package.json", import.meta.url))("ws");
const sessions = new SessionServer({
  onsession(session) {
    session.onmessage = (data) => session.send(`echo ${data}`);
  },
});
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: sessions.handleProtocols });
server.on("connection", (peer, request) => sessions.accept(peer, request));
await once(server, "listening");

const backoff = { first: 1, floor: 1, jitter: "none" };
const socket = new SteadyWebSocket(`ws://127.0.0.1:${server.address().port}/`, [], { session: "require", backoff });
const states = [];
const messages = [];
socket.addEventListener("session", ({ state }) => states.push(state));
const echo = (text) =>
  new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => resolve(messages.push(data)), { once: true });
    socket.send(text);
  });
await echo("a");
for (const peer of server.clients) peer.terminate();
await echo("b");
console.log(JSON.stringify({ states, messages }));
process.exit();
