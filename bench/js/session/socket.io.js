import { io } from "socket.io-client";

export function connect(url, opened, take) {
  const { origin, pathname, searchParams } = new URL(url.replace("ws", "http"));
  const query = { load: pathname.slice(1), ...Object.fromEntries(searchParams) };
  const socket = io(origin, { transports: ["websocket"], forceNew: true, reconnectionDelay: 1, query });
  socket.on("connect", opened);
  socket.on("message", take);
  return { send: (data) => socket.send(data), close: () => socket.disconnect() };
}
