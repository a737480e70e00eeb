// A server made with `ws`. Its parent can make it close, and ask how its connections ended.

import { once } from "node:events";
import { WebSocketServer } from "ws";
import { obey } from "./program.mjs";

export function listen(options = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), ...options });
  const ends = [];
  server.on("connection", (socket) => socket.on("close", (code, reason) => ends.push([code, String(reason)])));
  obey({
    close({ code, reason }) {
      for (const socket of server.clients) socket.close(code, reason);
    },
    ends: () => ends,
    /** The connections of the case before are over, and forgotten. */
    async fresh() {
      while (server.clients.size) await once([...server.clients][0], "close");
      ends.length = 0;
    },
  });
  return server;
}
