import { Server } from "socket.io";
import { obey } from "../lib/program.mjs";

const io = new Server({ cors: { origin: "*" } });
const ends = [];
io.on("connection", (socket) => {
  socket.on("echo", (value, answer) => answer(value));
  socket.on("say", (value) => socket.emit("said", value));
  socket.on("disconnect", (reason) => ends.push(reason));
});
io.listen(Number(process.argv[2]));
obey({
  disconnect: () => io.disconnectSockets(true),
  drop,
  ends: () => ends,
  /** The connections of the case before are over, and forgotten. */
  async fresh() {
    while (io.engine.clientsCount) await new Promise((resolve) => setTimeout(resolve, 10));
    ends.length = 0;
  },
});

/** Closes the WebSocket beneath, with a Close frame and no word of Socket.IO's. */
function drop() {
  for (const client of Object.values(io.engine.clients)) client.transport.socket.close(1012, "restart");
}
