import { listen } from "../lib/ws.mjs";

const text = (data, isBinary) => (isBinary ? data : String(data));

listen().on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(text(data, isBinary))));
