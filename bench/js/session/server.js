// socket.io's server, for the loads of bench/session/src/load.rs.
//
//   node --expose-gc bench/js/session/server.js
//
// Prints its address, and ends with its standard input.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false, cors: { origin: "*" }, connectionStateRecovery: {} });

io.on("connection", (socket) => {
  const { load, n, size } = socket.handshake.query;
  const count = Number(n ?? 1);
  const answer = load === "flood" ? "x".repeat(Number(size)) : "done";
  let received = 0;
  socket.on("message", (data) => {
    received++;
    if (load === "echo") socket.send(data);
    else if (load === "flood") for (let sent = 0; sent < count; sent++) socket.send(answer);
    else if (received % count === 0) socket.send(answer);
  });
});

http.listen(0, "127.0.0.1", () => console.log(`ws://127.0.0.1:${http.address().port}`));
process.stdin.on("end", () => process.exit()).on("data", () => globalThis.gc()).resume();
