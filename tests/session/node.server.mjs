// A node with sessions, in a process of its own: node.server.mjs PORT. STEADY_REDIS is the port of the store that the nodes
// share, STEADY_JOURNAL a file for what the application does.

import { appendFileSync } from "node:fs";
import { SessionServer } from "../../pkg/server.js";
import { WebSocketServer } from "./lib.mjs";
import { RedisStore } from "./redis.mjs";

process.on("disconnect", () => process.exit());
const { STEADY_REDIS, STEADY_JOURNAL } = process.env;
const QUEUE = 4_096;

const sessions = new SessionServer({
  store: new RedisStore(Number(STEADY_REDIS)),
  queue: QUEUE,
  window: QUEUE,
  onsession(session) {
    const write = (what, text) => appendFileSync(STEADY_JOURNAL, `${what} ${session.id} ${text}\n`);
    // It sends messages that say their own numbers while it handles the client's.
    const timer = setInterval(() => {
      for (let count = 0; count < 4 && session.stats.queued < QUEUE / 2; count++) {
        session.send(String(session.stats.accepted + 1));
      }
    }, 5);
    session.onmessage = (data) => {
      write("handled", data);
      if (data !== "last") return;
      clearInterval(timer);
      // When it is handled.
      setImmediate(() => session.close());
    };
    session.closed.then(({ reason }) => {
      clearInterval(timer);
      write(reason, session.stats.accepted);
    });
  },
});
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), handleProtocols: sessions.handleProtocols });
server.on("connection", (socket, request) => sessions.accept(socket, request) || socket.close(1002));
