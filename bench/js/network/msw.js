import { ws } from "msw";
import { setupServer } from "msw/node";

// It replaces the global class, which Node 20 does not have.
globalThis.WebSocket ??= class WebSocket extends EventTarget {};

export function echo(url) {
  const handler = ws.link(url).addEventListener("connection", ({ client }) => {
    client.addEventListener("message", ({ data }) => client.send(data));
  });
  setupServer(handler).listen();
  return { WebSocket: globalThis.WebSocket, settled: (promise) => promise };
}
