// The common dialect (README.md), with `ws`.

import { WebSocketServer } from "ws";
import { FRAGMENT, LARGE } from "./dialect.mjs";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  handleProtocols: process.env.STEADY_REPEATS ? undefined : (offered) => (offered.has("interop") ? "interop" : false),
});
process.on("disconnect", () => process.exit());
let last = "";

const verbs = {
  close(socket, [code, ...reason]) {
    if (code) socket.close(Number(code), reason.join(" "));
    else socket.close();
  },
  ping: (socket) => socket.ping("?"),
  flood(socket, [count]) {
    for (let n = 0; n < count; n++) socket.send(String(n));
  },
  large(socket) {
    for (let at = 0; at < LARGE.length; at += FRAGMENT) {
      const end = at + FRAGMENT;
      socket.send(LARGE.subarray(at, end), { binary: true, fin: end >= LARGE.length });
    }
  },
  last: (socket) => socket.send(last),
};

server.on("connection", (socket) => {
  socket.on("pong", () => socket.send("pong"));
  socket.on("close", (code, reason) => (last = `${code} ${reason}`));
  socket.on("message", (data, isBinary) => {
    const [first, ...rest] = isBinary ? [] : String(data).split(" ");
    const verb = first?.startsWith("!") && verbs[first.slice(1)];
    if (verb) verb(socket, rest);
    else socket.send(data, { binary: isBinary });
  });
});
