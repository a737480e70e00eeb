import { Server, WebSocket } from "mock-socket";

export function echo(url) {
  new Server(url).on("connection", (socket) => socket.on("message", (data) => socket.send(data)));
  return { WebSocket, settled: (promise) => promise };
}
