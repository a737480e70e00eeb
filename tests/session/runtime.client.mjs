// Opens a session, sends the messages of the command line, waits for as many, and prints what happened.

import { SteadyWebSocket } from "../../pkg/session.js";

const [url, ...texts] = process.argv.slice(2);
const socket = new SteadyWebSocket(url, [], { session: "require", backoff: { first: 1, floor: 1, jitter: "none" } });
const states = [];
const messages = [];
socket.addEventListener("session", ({ state }) => states.push(state));
socket.addEventListener("close", ({ code, reason, wasClean }) => {
  console.log(JSON.stringify({ states, messages, close: [code, reason, wasClean] }));
  process.exit();
});
await new Promise((resolve) => {
  socket.addEventListener("message", ({ data }) => {
    if (messages.push(data) === texts.length) resolve();
  });
  for (const text of texts) socket.send(text);
});
await socket.flushed();
socket.close(3001, "done");
